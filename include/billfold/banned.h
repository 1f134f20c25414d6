/*
 * banned.h - libc calls that bite do not compile. Included before everything by the build.
 * What to use instead stands beside each.
 */
#ifndef BILLFOLD_BANNED_H
#define BILLFOLD_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#pragma GCC poison strcpy strcat strncpy strncat   /* arena_strdup, sb_add */
#pragma GCC poison sprintf vsprintf                /* sb_addf, snprintf */
#pragma GCC poison strtok strtok_r                 /* str_cut */
#pragma GCC poison atoi atol atoll atof            /* str_to_int, decimal_parse */
#pragma GCC poison gets system popen
#ifndef BILLFOLD_WITH_GLIB /* whose headers define it; rooms that include them set this */
#undef alloca
#pragma GCC poison alloca
#endif
#pragma GCC poison rand srand random srandom       /* crypto's randomness */
#pragma GCC poison gmtime localtime ctime asctime  /* date.h: no hidden static, no TZ */

#endif
