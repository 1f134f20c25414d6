/*
 * registry.h - all that billfold-api serves, one line a resource and a line a table of routes.
 */
#ifndef BILLFOLD_BIN_REGISTRY_H
#define BILLFOLD_BIN_REGISTRY_H

#include <billfold/resource.h>

extern const struct registry api_registry;

#endif
