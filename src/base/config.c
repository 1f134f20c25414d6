/*
 * config.c - the one configuration file, read by libconfuse.
 *
 * config_known.def lists every key of every program with its type. The file is parsed against
 * that whole list, so that a key no program knows is an error in each; then a program
 * takes the keys of its own table. Values are read as text and converted here: libconfuse
 * would take 010 for eight. Errors name file and line.
 */
#include <billfold/base/config.h>
#include <billfold/base/str.h>

#include <confuse.h>
#include <limits.h>

enum { KEYS_MAX = 128 };

struct known {
	const char *name;
	enum config_type type;
};

static const struct known config_known[] = {
#define CONFIG_KEY(name, type) { #name, type },
#include <billfold/base/config_known.def>
#undef CONFIG_KEY
};

enum { KNOWN = sizeof(config_known) / sizeof(config_known[0]) };
_Static_assert((int)KNOWN < (int)KEYS_MAX, "more keys than the parser has room for");

/* libconfuse hands its callbacks no argument of ours; a file is read by one thread, at start. */
static struct {
	struct err *err;
	bool seen[KNOWN];
} parsing;

static void
on_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	char words[ERR_TEXT_MAX];

	if (parsing.err->code != ERR_none)
		return;
	vsnprintf(words, sizeof(words), fmt, ap);
	err_set(parsing.err, ERR_bad_request, "%s:%d: %s",
		cfg->filename ? cfg->filename : "configuration", cfg->line, words);
}

static const struct known *
known_find(const char *name)
{
	for (size_t i = 0; i < KNOWN; i++)
		if (strcmp(config_known[i].name, name) == 0)
			return &config_known[i];
	return NULL;
}

/* Writes the value where dest points; NULL checks only. */
static bool
value_store(enum config_type type, const char *text, struct arena *a, void *dest)
{
	int64_t n;

	switch (type) {
	case CT_STR:
		if (dest)
			*(const char **)dest = arena_strdup(a, text);
		return true;
	case CT_INT:
		if (!str_to_int(str_from(text), LONG_MIN, LONG_MAX, &n))
			return false;
		if (dest)
			*(long *)dest = (long)n;
		return true;
	}
	return false;
}

static int
on_value(cfg_t *cfg, cfg_opt_t *opt)
{
	const struct known *k = known_find(opt->name);
	const char *text = cfg_opt_getnstr(opt, 0);

	if (!k || !text)
		return 0;
	/* libconfuse would let the later one win. */
	if (parsing.seen[k - config_known]) {
		cfg_error(cfg, "%s stands twice", k->name);
		return -1;
	}
	parsing.seen[k - config_known] = true;
	if (value_store(k->type, text, NULL, NULL))
		return 0;
	cfg_error(cfg, "%s must be %s", k->name,
		  k->type == CT_INT ? "a whole number" : "true or false");
	return -1;
}

static int
key_take(cfg_t *cfg, const struct config_key *key, char *dest, struct arena *a, const char *path,
	 struct err *err)
{
	const struct known *k = known_find(key->name);
	const char *text = key->def;

	if (!k || k->type != key->type)
		return err_set(err, ERR_internal,
			       "config_known.def does not list %s as this program does.",
			       key->name);
	if (cfg_size(cfg, key->name))
		text = cfg_getstr(cfg, key->name);
	if (!text)
		return err_set(err, ERR_bad_request, "%s: the key %s is missing.", path, key->name);
	if (!value_store(key->type, text, a, dest + key->offset))
		return err_set(err, ERR_internal, "The default of %s is not of its type.",
			       key->name);
	return 0;
}

static int
keys_take(cfg_t *cfg, const struct config_key *keys, void *dest, struct arena *a, const char *path,
	  struct err *err)
{
	for (const struct config_key *key = keys; key->name; key++)
		if (key_take(cfg, key, dest, a, path, err))
			return -1;
	return 0;
}

int
config_load(const char *path, const struct config_key *keys, void *dest, struct arena *a,
	    struct err *err)
{
	cfg_opt_t opts[KEYS_MAX];
	cfg_t *cfg;
	int rc;

	for (size_t i = 0; i < KNOWN; i++)
		opts[i] = (cfg_opt_t)CFG_STR(config_known[i].name, NULL, CFGF_NODEFAULT);
	opts[KNOWN] = (cfg_opt_t)CFG_END();
	cfg = cfg_init(opts, CFGF_NONE);
	if (!cfg)
		abort();
	err_clear(err);
	memset(&parsing, 0, sizeof(parsing));
	parsing.err = err;
	cfg_set_error_function(cfg, on_error);
	for (size_t i = 0; i < KNOWN; i++)
		cfg_set_validate_func(cfg, config_known[i].name, on_value);
	switch (cfg_parse(cfg, path)) {
	case CFG_SUCCESS:
		rc = keys_take(cfg, keys, dest, a, path, err);
		break;
	case CFG_FILE_ERROR:
		rc = err_set(err, ERR_bad_request, "%s: cannot be read.", path);
		break;
	default:
		if (err->code == ERR_none)
			err_set(err, ERR_bad_request, "%s: not a configuration file.", path);
		rc = -1;
	}
	parsing.err = NULL;
	cfg_free(cfg);
	return rc;
}
