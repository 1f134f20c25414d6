/*
 * registry.c - what a program serves, looked up.
 */
#include <billfold/resource.h>

const struct resource *
registry_find(const struct registry *g, const char *name)
{
	for (const struct resource *const *p = g ? g->resources : NULL; p && *p; p++) {
		if (strcmp((*p)->name, name) == 0)
			return *p;
	}
	return NULL;
}

static void
add_module(struct arena *a, const char ***list, size_t *n, const char *module)
{
	const char **grown;

	for (size_t i = 0; i < *n; i++) {
		if (strcmp((*list)[i], module) == 0)
			return;
	}
	grown = arena_array(a, *n + 2, sizeof(*grown));
	memcpy(grown, *list, *n * sizeof(*grown));
	grown[(*n)++] = module;
	*list = grown;
}

const char *const *
registry_modules(const struct registry *g, struct arena *a)
{
	const char **list = arena_array(a, 1, sizeof(*list));
	size_t n = 0;

	for (const struct resource *const *p = g->resources; p && *p; p++) {
		if ((*p)->module)
			add_module(a, &list, &n, (*p)->module);
	}
	for (const struct route *const *room = g->routes; room && *room; room++) {
		for (const struct route *route = *room; route->pattern; route++) {
			if (route->module)
				add_module(a, &list, &n, route->module);
		}
	}
	return list;
}
