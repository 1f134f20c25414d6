/*
 * shape.h - what an e-mail address, a URL, a telephone number, a language tag look like.
 */
#ifndef BILLFOLD_RESOURCE_SHAPE_H
#define BILLFOLD_RESOURCE_SHAPE_H

#include <billfold/base/str.h>

bool shape_is_email(struct str s);
bool shape_is_url(struct str s);
bool shape_is_phone(struct str s);
bool shape_is_locale(struct str s);
bool shape_is_upper(struct str s, size_t len); /* so many letters A-Z */

#endif
