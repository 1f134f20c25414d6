/*
 * roff.c - see roff.h.
 */
#include <billfold/base/roff.h>

void
roff_text(FILE *to, const char *z)
{
	if (*z == '.' || *z == '\'')
		fputs("\\&", to);
	for (; *z; z++) {
		if (*z == '-')
			fputs("\\-", to);
		else if (*z == '\\')
			fputs("\\e", to);
		else
			putc(*z, to);
	}
}
