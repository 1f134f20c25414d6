/*
 * base.h - floor 1: what every room stands on.
 *
 * Memory, strings, errors, log, configuration, ids, decimals, money and dates. Each
 * module has its header in base/; this one is for those who use most of them.
 */
#ifndef BILLFOLD_BASE_H
#define BILLFOLD_BASE_H

#include <billfold/base/arena.h>
#include <billfold/base/config.h>
#include <billfold/base/date.h>
#include <billfold/base/decimal.h>
#include <billfold/base/err.h>
#include <billfold/base/log.h>
#include <billfold/base/money.h>
#include <billfold/base/str.h>
#include <billfold/base/uuid.h>
#include <billfold/base/vec.h>

#endif
