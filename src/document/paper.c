/*
 * paper.c - pages composed as a list: texts set by pango, rules, boxes, images; ink comes last
 * (paper_ink.c).
 *
 * Text is set without markup. Characters that steer instead of showing (C0 and C1 controls, and the
 * bidirectional embeddings, overrides and isolates by which a text can pretend to be another) are
 * left out, and noncharacters, for which cairo gives up the whole paper, are U+FFFD; every text is
 * a paragraph of its own, so that the direction of one cannot reach the next. Fonts are chosen by
 * fontconfig from "Noto Sans" on, so that any script with a font on the machine is printed.
 */
#include "paper_list.h"

#include <math.h>

enum { TEXT_BYTES_MAX = 65536, PNG_BYTES_MAX = 2 << 20, PNG_PIXELS_MAX = 4000000 };

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

/* The Unicode Standard, 23.7: U+FDD0 to U+FDEF and the last two of each plane. */
static bool
is_noncharacter(uint32_t c)
{
	return (c >= 0xfdd0 && c <= 0xfdef) || (c & 0xfffe) == 0xfffe;
}

/* The code point at *i, which moves on; malformed bytes are U+FFFD, one a byte, and so are
 * noncharacters. */
static uint32_t
next_point(struct str s, size_t *i)
{
	gunichar c = g_utf8_get_char_validated(s.p + *i, (gssize)(s.len - *i));

	if (c == (gunichar)-1 || c == (gunichar)-2 || c == 0) {
		(*i)++;
		return c == 0 ? 0 : 0xfffd;
	}
	*i += (size_t)(g_utf8_next_char(s.p + *i) - (s.p + *i));
	return is_noncharacter(c) ? 0xfffd : c;
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

struct str
paper_printable(struct arena *a, struct str s)
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
	struct str s = paper_printable(p->arena, text);

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

PangoLayout *
paper_figure(struct paper *p, double width, enum align align, const char *text)
{
	static const enum font sizes[] = { FONT_BODY, FONT_SMALL, FONT_TINY };
	PangoLayout *t = NULL;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		t = paper_textz(p, sizes[i], width, align, text);
		/* broken at blanks alone it is wider than its width where a word is */
		pango_layout_set_wrap(t, PANGO_WRAP_WORD);
		if (paper_text_width(t) <= width)
			return t;
	}
	pango_layout_set_wrap(t, PANGO_WRAP_WORD_CHAR);
	return t;
}

int
paper_text_lines(PangoLayout *t)
{
	return pango_layout_get_line_count(t);
}

static PangoRectangle
line_box(PangoLayout *t, int line)
{
	PangoLayoutLine *l = pango_layout_get_line_readonly(t, line);
	PangoRectangle r = { 0 };

	if (l)
		pango_layout_line_get_extents(l, NULL, &r);
	return r;
}

double
paper_line_height(PangoLayout *t, int line)
{
	return (double)line_box(t, line).height / PANGO_SCALE;
}

double
paper_line_base(PangoLayout *t, int line)
{
	return (double)-line_box(t, line).y / PANGO_SCALE;
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
