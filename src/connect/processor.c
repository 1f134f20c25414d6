/*
 * processor.c - the processors that this build knows, by name.
 */
#include "processors.h"

const struct processor *
processor_find(const char *name)
{
	static const struct processor *const all[] = { &processor_sandbox, &processor_manual };

	for (size_t i = 0; name && i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(all[i]->name, name) == 0)
			return all[i];
	return NULL;
}
