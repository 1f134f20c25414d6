/*
 * paper_ink.c - the list of what was placed, drawn to PDF by cairo.
 *
 * The same list gives the same bytes: dates come from the document, hinting is off, and cairo
 * numbers fonts in the order of their use.
 */
#include "paper_list.h"
#include "qr.h"

#include <cairo-pdf.h>
#include <math.h>

enum { PDF_MAX = 16 << 20 };

static const double inks[INK_MAX][3] = {
	[INK_TEXT] = { 0.106, 0.141, 0.188 },   [INK_MUTED] = { 0.384, 0.431, 0.494 },
	[INK_ACCENT] = { 0.094, 0.278, 0.435 }, [INK_RULE] = { 0.835, 0.859, 0.886 },
	[INK_TINT] = { 0.945, 0.961, 0.976 },   [INK_WHITE] = { 1, 1, 1 },
	[INK_MARK] = { 0.93, 0.94, 0.95 },
};

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
set_words(cairo_surface_t *s, cairo_pdf_metadata_t of, const char *words, struct arena *a)
{
	cairo_pdf_surface_set_metadata(s, of, paper_printable(a, str_from(words)).p);
}

static void
set_meta(cairo_surface_t *s, const struct paper_meta *m, struct arena *a)
{
	set_words(s, CAIRO_PDF_METADATA_TITLE, m->title, a);
	set_words(s, CAIRO_PDF_METADATA_AUTHOR, m->author, a);
	if (m->subject)
		set_words(s, CAIRO_PDF_METADATA_SUBJECT, m->subject, a);
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
