/*
 * paper.c - pages composed as a list, then drawn to PDF by cairo and pango.
 *
 * Text is set without markup. Characters that steer instead of showing (C0 and C1 controls, and the
 * bidirectional embeddings, overrides and isolates by which a text can pretend to be another) are
 * left out; every text is a paragraph of its own, so that the direction of one cannot reach the
 * next. Fonts are chosen by fontconfig from "Noto Sans" on, so that any script with a font on the
 * machine is printed.
 *
 * The same list gives the same bytes: dates come from the document, hinting is off, and cairo
 * numbers fonts in the order of their use.
 */
#include "paper.h"
#include "qr.h"

#include <cairo-pdf.h>
#include <math.h>

enum {
	PDF_MAX = 16 << 20,
	TEXT_BYTES_MAX = 65536,
	PNG_BYTES_MAX = 2 << 20,
	PNG_PIXELS_MAX = 4000000
};

enum item_kind {
	ITEM_TEXT,
	ITEM_LINE,
	ITEM_RULE,
	ITEM_BOX,
	ITEM_QR,
	ITEM_LINK,
	ITEM_MARK,
	ITEM_IMAGE
};

struct item {
	enum item_kind kind;
	enum ink ink;
	int page, line;
	double x, y, w, h, r;
	PangoLayout *text;
	const char *words;
	cairo_surface_t *image;
	struct item *next, *on_page;
};

struct paper {
	struct arena *arena;
	double width, height;
	int page, pages;
	PangoContext *context;
	PangoFontDescription *fonts[FONT_MAX];
	PangoAttrList *attrs;
	struct item *first, **last;
};

struct font_def {
	double size;
	bool bold;
};

static const struct font_def font_defs[FONT_MAX] = {
	[FONT_BODY] = { 9, false },   [FONT_BOLD] = { 9, true },
	[FONT_SMALL] = { 8, false },  [FONT_SMALL_BOLD] = { 8, true },
	[FONT_TINY] = { 6.8, false }, [FONT_LARGE] = { 12.5, true },
	[FONT_TITLE] = { 23, true },  [FONT_MARK] = { 84, true },
};

static const double inks[INK_MAX][3] = {
	[INK_TEXT] = { 0.106, 0.141, 0.188 },   [INK_MUTED] = { 0.384, 0.431, 0.494 },
	[INK_ACCENT] = { 0.094, 0.278, 0.435 }, [INK_RULE] = { 0.835, 0.859, 0.886 },
	[INK_TINT] = { 0.945, 0.961, 0.976 },   [INK_WHITE] = { 1, 1, 1 },
	[INK_MARK] = { 0.93, 0.94, 0.95 },
};

/* ---- opening ---- */

static void
paper_close(void *arg)
{
	struct paper *p = arg;

	for (struct item *i = p->first; i; i = i->next) {
		if (i->text)
			g_object_unref(i->text);
		if (i->image)
			cairo_surface_destroy(i->image);
	}
	for (int f = 0; f < FONT_MAX; f++)
		pango_font_description_free(p->fonts[f]);
	pango_attr_list_unref(p->attrs);
	g_object_unref(p->context);
}

struct paper *
paper_open(struct arena *a, double width, double height, const char *locale)
{
	struct paper *p = arena_alloc(a, sizeof(*p));
	cairo_font_options_t *o = cairo_font_options_create();

	p->arena = a;
	p->width = width;
	p->height = height;
	p->pages = 1;
	p->last = &p->first;
	/* pango's own font map of this thread: fonts stay loaded between documents */
	p->context = pango_font_map_create_context(pango_cairo_font_map_get_default());
	pango_cairo_context_set_resolution(p->context, 72);
	pango_context_set_round_glyph_positions(p->context, FALSE);
	pango_context_set_language(p->context,
				   pango_language_from_string(locale && *locale ? locale : "en"));
	cairo_font_options_set_hint_style(o, CAIRO_HINT_STYLE_NONE);
	cairo_font_options_set_hint_metrics(o, CAIRO_HINT_METRICS_OFF);
	cairo_font_options_set_antialias(o, CAIRO_ANTIALIAS_GRAY);
	pango_cairo_context_set_font_options(p->context, o);
	cairo_font_options_destroy(o);
	for (int f = 0; f < FONT_MAX; f++) {
		p->fonts[f] = pango_font_description_from_string(
		    "Noto Sans,Noto Sans Arabic,Noto Sans Hebrew");
		pango_font_description_set_size(p->fonts[f],
						(int)lround(font_defs[f].size * PANGO_SCALE));
		if (font_defs[f].bold)
			pango_font_description_set_weight(p->fonts[f], PANGO_WEIGHT_BOLD);
	}
	p->attrs = pango_attr_list_new();
	pango_attr_list_insert(p->attrs, pango_attr_font_features_new("tnum=1"));
	/* a link or a number that is broken over lines must not gain a character */
	pango_attr_list_insert(p->attrs, pango_attr_insert_hyphens_new(FALSE));
	arena_defer(a, paper_close, p);
	return p;
}

double
paper_width(const struct paper *p)
{
	return p->width;
}

double
paper_height(const struct paper *p)
{
	return p->height;
}

int
paper_page(const struct paper *p)
{
	return p->page;
}

int
paper_pages(const struct paper *p)
{
	return p->pages;
}

void
paper_new_page(struct paper *p)
{
	p->page = p->pages++;
}

void
paper_on_page(struct paper *p, int page)
{
	p->page = page;
}

/* ---- texts ---- */

/* The code point at *i, which moves on; malformed bytes are U+FFFD, one a byte. */
static uint32_t
next_point(struct str s, size_t *i)
{
	gunichar c = g_utf8_get_char_validated(s.p + *i, (gssize)(s.len - *i));

	if (c == (gunichar)-1 || c == (gunichar)-2 || c == 0) {
		(*i)++;
		return c == 0 ? 0 : 0xfffd;
	}
	*i += (size_t)(g_utf8_next_char(s.p + *i) - (s.p + *i));
	return c;
}

static bool
steers(uint32_t c)
{
	if (c == '\n')
		return false;
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || (c >= 0x202a && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069) || c == 0x200e || c == 0x200f || c == 0x61c ||
	       c == 0xfeff;
}

static struct str
printable(struct arena *a, struct str s)
{
	char *out = arena_alloc(a, s.len * 3 + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.len && n < TEXT_BYTES_MAX;) {
		uint32_t c = next_point(s, &i);

		if (c == '\t' || c == 0x2028 || c == 0x2029)
			c = c == '\t' ? ' ' : '\n';
		if (!steers(c))
			n += (size_t)g_unichar_to_utf8(c, out + n);
	}
	while (n && out[n - 1] == '\n')
		n--;
	return (struct str){ out, n };
}

/*
 * START is the left edge for every script: a block of addresses keeps its edge. Pango's LEFT is the
 * right edge for a paragraph that runs from right to left.
 */
static PangoAlignment
alignment(enum align align, PangoLayout *t)
{
	PangoLayoutLine *first = pango_layout_get_line_readonly(t, 0);
	bool rtl = first && pango_layout_line_get_resolved_direction(first) == PANGO_DIRECTION_RTL;

	if (align == ALIGN_CENTRE)
		return PANGO_ALIGN_CENTER;
	return (align == ALIGN_END) != rtl ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT;
}

static PangoLayout *
new_layout(struct paper *p, enum font f, double width, enum align align, struct str text)
{
	PangoLayout *t = pango_layout_new(p->context);
	struct str s = printable(p->arena, text);

	pango_layout_set_font_description(t, p->fonts[f]);
	pango_layout_set_attributes(t, p->attrs);
	pango_layout_set_text(t, s.p, (int)s.len);
	if (width > 0) {
		pango_layout_set_width(t, (int)lround(width * PANGO_SCALE));
		pango_layout_set_wrap(t, PANGO_WRAP_WORD_CHAR);
		pango_layout_set_alignment(t, alignment(align, t));
	}
	return t;
}

static struct item *
add_item(struct paper *p, enum item_kind kind)
{
	struct item *i = arena_alloc(p->arena, sizeof(*i));

	i->kind = kind;
	i->page = p->page;
	*p->last = i;
	p->last = &i->next;
	return i;
}

PangoLayout *
paper_text(struct paper *p, enum font f, double width, enum align align, struct str text)
{
	PangoLayout *t = new_layout(p, f, width, align, text);
	struct item *owner = add_item(p, ITEM_TEXT);

	owner->page = -1; /* owns the layout, drawn nowhere until it is put */
	owner->text = t;
	return t;
}

PangoLayout *
paper_textz(struct paper *p, enum font f, double width, enum align align, const char *text)
{
	return paper_text(p, f, width, align, str_from(text ? text : ""));
}

double
paper_text_height(PangoLayout *t)
{
	int h;

	pango_layout_get_size(t, NULL, &h);
	return (double)h / PANGO_SCALE;
}

double
paper_text_width(PangoLayout *t)
{
	int w;

	pango_layout_get_size(t, &w, NULL);
	return (double)w / PANGO_SCALE;
}

int
paper_text_lines(PangoLayout *t)
{
	return pango_layout_get_line_count(t);
}

double
paper_line_height(PangoLayout *t, int line)
{
	PangoLayoutLine *l = pango_layout_get_line_readonly(t, line);
	PangoRectangle r;

	if (!l)
		return 0;
	pango_layout_line_get_extents(l, NULL, &r);
	return (double)r.height / PANGO_SCALE;
}

/* ---- placing ---- */

void
paper_put(struct paper *p, PangoLayout *t, enum ink ink, double x, double y)
{
	struct item *i = add_item(p, ITEM_TEXT);

	i->ink = ink;
	i->text = g_object_ref(t);
	i->x = x;
	i->y = y;
}

void
paper_put_line(struct paper *p, PangoLayout *t, int line, enum ink ink, double x, double y)
{
	struct item *i = add_item(p, ITEM_LINE);

	i->ink = ink;
	i->text = g_object_ref(t);
	i->line = line;
	i->x = x;
	i->y = y;
}

void
paper_rule(struct paper *p, enum ink ink, double x, double y, double width, double thick)
{
	struct item *i = add_item(p, ITEM_RULE);

	i->ink = ink;
	i->x = x;
	i->y = y;
	i->w = width;
	i->h = thick;
}

void
paper_box(struct paper *p, enum ink ink, double x, double y, double width, double height,
	  double radius)
{
	struct item *i = add_item(p, ITEM_BOX);

	i->ink = ink;
	i->x = x;
	i->y = y;
	i->w = width;
	i->h = height;
	i->r = radius;
}

void
paper_qr(struct paper *p, const char *text, double x, double y, double size)
{
	struct item *i = add_item(p, ITEM_QR);

	i->words = text;
	i->x = x;
	i->y = y;
	i->w = size;
}

void
paper_link(struct paper *p, const char *uri, double x, double y, double width, double height)
{
	struct item *i = add_item(p, ITEM_LINK);

	i->words = uri;
	i->x = x;
	i->y = y;
	i->w = width;
	i->h = height;
}

void
paper_mark(struct paper *p, PangoLayout *t)
{
	struct item *i = add_item(p, ITEM_MARK);

	i->text = g_object_ref(t);
}

struct png_source {
	struct str s;
};

static cairo_status_t
read_png(void *arg, unsigned char *data, unsigned int len)
{
	struct png_source *src = arg;

	if (src->s.len < len)
		return CAIRO_STATUS_READ_ERROR;
	memcpy(data, src->s.p, len);
	src->s.p += len;
	src->s.len -= len;
	return CAIRO_STATUS_SUCCESS;
}

static uint32_t
be32(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;

	return (uint32_t)u[0] << 24 | (uint32_t)u[1] << 16 | (uint32_t)u[2] << 8 | u[3];
}

/* Judged by its header, before anything is unpacked. */
static bool
png_is_bearable(struct str png)
{
	uint64_t w, h;

	if (png.len < 33 || png.len > PNG_BYTES_MAX || memcmp(png.p, "\x89PNG\r\n\x1a\n", 8) != 0)
		return false;
	w = be32(png.p + 16);
	h = be32(png.p + 20);
	return w && h && w <= 20000 && h <= 20000 && w * h <= PNG_PIXELS_MAX;
}

bool
paper_image(struct paper *p, struct str png, double x, double y, double width, double height,
	    double *ret_height)
{
	struct png_source src = { png };
	cairo_surface_t *image;
	struct item *i;
	double w, h;

	if (!png_is_bearable(png))
		return false;
	image = cairo_image_surface_create_from_png_stream(read_png, &src);
	if (cairo_surface_status(image) != CAIRO_STATUS_SUCCESS) {
		cairo_surface_destroy(image);
		return false;
	}
	w = cairo_image_surface_get_width(image);
	h = cairo_image_surface_get_height(image);
	i = add_item(p, ITEM_IMAGE);
	i->image = image;
	i->x = x;
	i->y = y;
	i->r = fmin(fmin(width / w, height / h), 1);
	*ret_height = h * i->r;
	return true;
}

/* ---- ink ---- */

static void
draw_box(cairo_t *cr, const struct item *i)
{
	double r = i->r;

	cairo_new_sub_path(cr);
	cairo_arc(cr, i->x + i->w - r, i->y + r, r, -M_PI / 2, 0);
	cairo_arc(cr, i->x + i->w - r, i->y + i->h - r, r, 0, M_PI / 2);
	cairo_arc(cr, i->x + r, i->y + i->h - r, r, M_PI / 2, M_PI);
	cairo_arc(cr, i->x + r, i->y + r, r, M_PI, M_PI * 3 / 2);
	cairo_close_path(cr);
	cairo_fill(cr);
}

static void
draw_line(cairo_t *cr, const struct item *i)
{
	PangoLayoutLine *l = pango_layout_get_line_readonly(i->text, i->line);
	PangoRectangle r;
	int x = 0;

	if (!l)
		return;
	pango_layout_line_get_extents(l, NULL, &r);
	if (pango_layout_get_alignment(i->text) == PANGO_ALIGN_RIGHT &&
	    pango_layout_get_width(i->text) > 0 &&
	    pango_layout_line_get_resolved_direction(l) != PANGO_DIRECTION_RTL)
		x = pango_layout_get_width(i->text) - r.width;
	cairo_move_to(cr, i->x + (double)x / PANGO_SCALE, i->y - (double)r.y / PANGO_SCALE);
	pango_cairo_show_layout_line(cr, l);
}

static void
draw_mark(cairo_t *cr, const struct paper *p, const struct item *i)
{
	cairo_save(cr);
	cairo_translate(cr, p->width / 2, p->height / 2);
	cairo_rotate(cr, -0.95); /* along the page's diagonal */
	cairo_move_to(cr, -paper_text_width(i->text) / 2, -paper_text_height(i->text) / 2);
	pango_cairo_show_layout(cr, i->text);
	cairo_restore(cr);
}

static void
draw_image(cairo_t *cr, const struct item *i)
{
	cairo_save(cr);
	cairo_translate(cr, i->x, i->y);
	cairo_scale(cr, i->r, i->r);
	cairo_set_source_surface(cr, i->image, 0, 0);
	cairo_paint(cr);
	cairo_restore(cr);
}

static void
draw(cairo_t *cr, const struct paper *p, const struct item *i)
{
	const double *c = inks[i->kind == ITEM_MARK ? INK_MARK : i->ink];
	char attributes[2200];

	cairo_set_source_rgb(cr, c[0], c[1], c[2]);
	switch (i->kind) {
	case ITEM_TEXT:
		cairo_move_to(cr, i->x, i->y);
		pango_cairo_show_layout(cr, i->text);
		break;
	case ITEM_LINE:
		draw_line(cr, i);
		break;
	case ITEM_RULE:
		cairo_rectangle(cr, i->x, i->y, i->w, i->h);
		cairo_fill(cr);
		break;
	case ITEM_BOX:
		draw_box(cr, i);
		break;
	case ITEM_QR:
		qr_draw(cr, i->words, i->x, i->y, i->w);
		break;
	case ITEM_LINK:
		snprintf(attributes, sizeof(attributes), "uri='%s' rect=[%.2f %.2f %.2f %.2f]",
			 i->words, i->x, i->y, i->w, i->h);
		cairo_tag_begin(cr, CAIRO_TAG_LINK, attributes);
		cairo_tag_end(cr, CAIRO_TAG_LINK);
		break;
	case ITEM_MARK:
		draw_mark(cr, p, i);
		break;
	case ITEM_IMAGE:
		draw_image(cr, i);
		break;
	}
}

static cairo_status_t
take_bytes(void *arg, const unsigned char *data, unsigned int len)
{
	sb_add(arg, (struct str){ (const char *)data, len });
	return sb_ok(arg) ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

static void
set_meta(cairo_surface_t *s, const struct paper_meta *m, struct arena *a)
{
	cairo_pdf_surface_set_metadata(s, CAIRO_PDF_METADATA_TITLE, m->title);
	cairo_pdf_surface_set_metadata(s, CAIRO_PDF_METADATA_AUTHOR, m->author);
	if (m->subject)
		cairo_pdf_surface_set_metadata(s, CAIRO_PDF_METADATA_SUBJECT, m->subject);
	cairo_pdf_surface_set_metadata(s, CAIRO_PDF_METADATA_CREATOR, "Billfold");
	cairo_pdf_surface_set_metadata(s, CAIRO_PDF_METADATA_CREATE_DATE,
				       arena_printf(a, "%sT00:00:00Z", m->date));
}

/* The first item of each page; the others follow in the order of placing: what lies below comes
 * first. */
static struct item **
by_page(struct paper *p)
{
	struct item **first = arena_array(p->arena, (size_t)p->pages, sizeof(struct item *));
	struct item **last = arena_array(p->arena, (size_t)p->pages, sizeof(struct item *));

	for (struct item *i = p->first; i; i = i->next) {
		if (i->page < 0)
			continue; /* owns a layout, and is drawn nowhere */
		if (last[i->page])
			last[i->page]->on_page = i;
		else
			first[i->page] = i;
		last[i->page] = i;
		i->on_page = NULL;
	}
	return first;
}

int
paper_ink(struct paper *p, const struct paper_meta *meta, struct str *ret, struct err *err)
{
	struct item **first = by_page(p);
	cairo_surface_t *surface;
	cairo_status_t status;
	struct sb out;
	cairo_t *cr;

	sb_init(&out, p->arena, PDF_MAX);
	surface = cairo_pdf_surface_create_for_stream(take_bytes, &out, p->width, p->height);
	set_meta(surface, meta, p->arena);
	cr = cairo_create(surface);
	for (int page = 0; page < p->pages; page++) {
		for (const struct item *i = first[page]; i; i = i->on_page)
			draw(cr, p, i);
		cairo_show_page(cr);
	}
	status = cairo_status(cr);
	cairo_destroy(cr);
	cairo_surface_finish(surface);
	if (status == CAIRO_STATUS_SUCCESS)
		status = cairo_surface_status(surface);
	cairo_surface_destroy(surface);
	if (!sb_ok(&out))
		return err_set(err, ERR_payload_too_large, "the document is too large");
	if (status != CAIRO_STATUS_SUCCESS) {
		err_set(err, ERR_internal, "the document could not be drawn");
		err_cause(err, "cairo: %s", cairo_status_to_string(status));
		return -1;
	}
	*ret = sb_str(&out);
	return 0;
}
