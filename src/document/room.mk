noinst_LIBRARIES += libdocument.a
libdocument_a_SOURCES = \
	src/document/api.c \
	src/document/charset.c \
	src/document/charset.h \
	src/document/html_text.c \
	src/document/invoice_head.c \
	src/document/invoice_lines.c \
	src/document/invoice_pdf.c \
	src/document/invoice_sums.c \
	src/document/labels.c \
	src/document/labels.h \
	src/document/letter.c \
	src/document/mail_address.c \
	src/document/mail_api.c \
	src/document/mail_build.c \
	src/document/mail_compose.c \
	src/document/mail_part.h \
	src/document/mail_read.c \
	src/document/mail_report.c \
	src/document/mail_tag.c \
	src/document/paper.c src/document/paper.h \
	src/document/paper_ink.c src/document/paper_list.h \
	src/document/pay_link.c \
	src/document/people.c \
	src/document/qr.c \
	src/document/qr.h \
	src/document/render.c \
	src/document/sheet.c \
	src/document/sheet.h \
	src/document/statement_pdf.c \
	src/document/store.c \
	src/document/template.c \
	src/document/viewing.c
libdocument_a_CPPFLAGS = $(AM_CPPFLAGS) -DBILLFOLD_WITH_GLIB $(PANGO_CFLAGS) $(ICU_CFLAGS) $(QRENCODE_CFLAGS) \
	$(GMIME_CFLAGS) $(JSONC_CFLAGS)
# What a program that makes documents links after the rooms.
DOCUMENT_LIBS = $(PANGO_LIBS) $(ICU_LIBS) $(QRENCODE_LIBS) $(GMIME_LIBS) -lm
EXTRA_DIST += src/document/README.md
