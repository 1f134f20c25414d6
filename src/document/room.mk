noinst_LIBRARIES += libdocument.a
libdocument_a_SOURCES = src/document/template.c src/document/people.c src/document/labels.h src/document/labels.c \
	src/document/paper.h src/document/paper.c src/document/qr.h src/document/qr.c \
	src/document/sheet.h src/document/sheet.c src/document/invoice_head.c src/document/invoice_lines.c \
	src/document/invoice_sums.c src/document/invoice_pdf.c src/document/store.c
libdocument_a_CPPFLAGS = $(AM_CPPFLAGS) -DBILLFOLD_WITH_GLIB $(PANGO_CFLAGS) $(ICU_CFLAGS) $(QRENCODE_CFLAGS) \
	$(GMIME_CFLAGS) $(JSONC_CFLAGS)
DOCUMENT_LIBS = $(PANGO_LIBS) $(ICU_LIBS) $(QRENCODE_LIBS) $(GMIME_LIBS) -lm
EXTRA_DIST += src/document/README.md
