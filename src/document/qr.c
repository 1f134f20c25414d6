/*
 * qr.c - a QR code as one filled path: runs of dark modules a row, sharp at any size.
 *
 * Error correction M (15 %), and the quiet zone of four modules that ISO/IEC 18004 asks for.
 */
#include "qr.h"

#include <qrencode.h>

enum { QUIET = 4 };

int
qr_draw(cairo_t *cr, const char *text, double x, double y, double size)
{
	QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
	double module;

	if (!code)
		return -1;
	module = size / (code->width + 2 * QUIET);
	for (int row = 0; row < code->width; row++) {
		for (int col = 0, run; col < code->width; col += run ? run : 1) {
			run = 0;
			while (col + run < code->width &&
			       (code->data[row * code->width + col + run] & 1))
				run++;
			if (run)
				cairo_rectangle(cr, x + (QUIET + col) * module,
						y + (QUIET + row) * module, run * module, module);
		}
	}
	cairo_fill(cr);
	QRcode_free(code);
	return 0;
}
