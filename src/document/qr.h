/* qr.h - inside the room: a QR code on a cairo surface. */
#ifndef DOCUMENT_QR_H
#define DOCUMENT_QR_H

#include <cairo.h>

/* Fills a square with the code of the text, quiet zone included. -1: the text does not fit. */
int qr_draw(cairo_t *cr, const char *text, double x, double y, double size);

#endif
