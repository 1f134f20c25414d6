/* charset.h - inside the room: texts of other charsets as UTF-8. */
#ifndef DOCUMENT_CHARSET_H
#define DOCUMENT_CHARSET_H

#include <billfold/base/str.h>

/*
 * At most limit bytes of well-formed UTF-8 with no control characters but tab and line feed; what
 * cannot be read is U+FFFD. charset NULL or one that we do not take: as UTF-8. *ret_cut: there was
 * more.
 */
struct str charset_text(struct arena *a, struct str bytes, const char *charset, size_t limit,
			bool *ret_cut);

#endif
