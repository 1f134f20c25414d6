/*
 * processor.c - the processors that this build knows, by name.
 */
#include "processors.h"

const struct processor *
processor_find(const char *name)
{
	static const struct processor *const all[] = { &processor_sandbox, &processor_manual,
						       &processor_stripe };

	for (size_t i = 0; name && i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(all[i]->name, name) == 0)
			return all[i];
	return NULL;
}

int
processor_settings_check(const struct processor_settings *s, struct err *err)
{
	static const char *const here[] = { "http://127.0.0.1:", "http://[::1]:",
					    "http://localhost:" };
	struct str url = str_from(s->stripe_url);

	if (str_starts(url, STR("https://")))
		return 0;
	for (size_t i = 0; i < sizeof(here) / sizeof(here[0]); i++)
		if (str_starts(url, str_from(here[i])))
			return 0;
	return err_set(err, ERR_validation_failed, "stripe_url: https, or a port of this machine.");
}
