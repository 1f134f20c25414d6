/*
 * api.c - billfold-api: answers requests that nginx hands on over FastCGI.
 *
 * A child keeps one connection to PostgreSQL, one to Redis, the signing keys and the installation's
 * secret, and nothing of a request. The socket is made by the supervisor, so that it outlives every
 * child.
 */
#include "registry.h"

#include <billfold/base/log.h>
#include <billfold/connect.h>
#include <billfold/http.h>

struct api_config {
	struct service_config service;
	const char *database, *redis, *run_dir, *keys_dir, *secret_file, *public_url, *issuer;
	struct store_settings store;
	long rate_quota, rate_window;
	int listen_fd;
};

#define KEY(name, type, def, member, doc)                                                          \
	{                                                                                          \
		name, type, def, offsetof(struct api_config, member), doc                          \
	}

static const struct config_key keys[] = {
	SERVICE_CONFIG_KEYS("api", "4", "100000", "60"),
	KEY("database", CT_STR, NULL, database,
	    "where PostgreSQL is: host=... port=... dbname=...; the program adds its own role"),
	KEY("redis", CT_STR, NULL, redis, "where Redis is: path of a socket, or redis:// URL"),
	KEY("run_dir", CT_STR, NULL, run_dir, "directory of api.sock"),
	KEY("state_dir", CT_STR, NULL, store.state_dir, "directory of stored documents"),
	STORE_CONFIG_KEYS(struct api_config, store),
	KEY("keys_dir", CT_STR, NULL, keys_dir, "directory of the keys that sign access tokens"),
	KEY("secret_file", CT_STR, NULL, secret_file, "file of the installation's secret"),
	KEY("public_url", CT_STR, NULL, public_url,
	    "how the world reaches this installation; no slash at the end"),
	KEY("issuer", CT_STR, "", issuer, "issuer of access tokens; empty: the public URL"),
	KEY("api_rate_quota", CT_INT, "30000", rate_quota,
	    "requests that a caller may make in a window; 0: no limit"),
	KEY("api_rate_window", CT_INT, "60", rate_window, "seconds of that window"),
	{ 0 },
};

static const char *const metric_names[] = { HTTP_METRIC_NAMES, NULL };

static int
prepare(void *config, struct err *err)
{
	struct api_config *c = config;
	char path[200];
	int limits;

	if (service_fd("limits") < 0 &&
	    (limit_share_new(&limits, err) < 0 || service_pass_fd("limits", limits, err) < 0))
		return -1;
	c->listen_fd = service_fd("api");
	if (c->listen_fd >= 0)
		return 0;
	if (snprintf(path, sizeof(path), "%s/api.sock", c->run_dir) >= (int)sizeof(path))
		return err_set(err, ERR_internal, "run_dir is too long");
	if (http_listen(path, &c->listen_fd, err) < 0)
		return -1;
	return service_pass_fd("api", c->listen_fd, err);
}

static int
open_app(const struct api_config *c, struct arena *a, struct net *net, struct app *app,
	 struct err *err)
{
	const char *issuer = c->issuer[0] ? c->issuer : c->public_url;
	struct file_store *files = arena_alloc(a, sizeof(*files));

	if (crypto_init(err) < 0 || secret_load(c->secret_file, &app->secret, err) < 0 ||
	    jwt_keys_load(c->keys_dir, issuer, &app->keys, err) < 0 ||
	    store_open(a, &c->store, net, STORE_REQUEST_MS, files, err) < 0)
		return -1;
	app->db = db_new(arena_printf(a, "%s user=billfold_api", c->database), "billfold-api");
	app->cache = cache_new(c->redis, 500);
	if (limit_share(app->cache, service_fd("limits"), err) < 0) {
		log_event(LOG_WARN, "limits are counted by each worker", "cause", err->detail,
			  NULL);
		err_clear(err);
	}
	app->registry = &api_registry;
	app->public_url = c->public_url;
	app->issuer = issuer;
	app->files = files;
	app->run_dir = c->run_dir;
	app->config = c;
	app->texts = texts_new();
	return 0;
}

static void
close_app(struct app *app)
{
	texts_free(app->texts);
	cache_free(app->cache);
	db_free(app->db);
	jwt_keys_free(app->keys);
	secret_free(app->secret);
}

/*
 * A schema that is older than this program: not again, loudly. A database that is away is no reason
 * to stay away too: its requests are told 503, and the first that finds it back is served.
 */
static int
check_schema(struct db *db, struct err *err)
{
	int version;

	if (migrate_version(db, &version, err) < 0) {
		log_event(LOG_WARN, "the schema cannot be looked at", "cause", err->cause, NULL);
		return EXIT_SUCCESS;
	}
	if (version >= migrate_needed)
		return EXIT_SUCCESS;
	err_set(err, ERR_internal,
		"The schema is at %d, this program needs %d: run billfold migrate", version,
		migrate_needed);
	return EXIT_CONFIG;
}

static int
child(struct worker *w, const void *config)
{
	const struct api_config *c = config;
	struct arena *a = arena_new(0);
	struct net *net = net_new();
	struct err err = { 0 };
	struct app app = { 0 };
	struct http_server server = {
		.registry = &api_registry,
		.app = &app,
		.listen_fd = service_fd("api"),
		.limit = { .name = "default", .quota = c->rate_quota, .window_s = c->rate_window },
	};
	int status;

	if (open_app(c, a, net, &app, &err) < 0 || http_open(&server, &err) < 0) {
		log_event(LOG_ERROR, "the worker cannot start", "error", err.detail, "cause",
			  err.cause[0] ? err.cause : NULL, NULL);
		return EXIT_CONFIG;
	}
	status = check_schema(app.db, &err);
	if (status) {
		log_event(LOG_ERROR, "the worker cannot start", "error", err.detail, "cause",
			  err.cause[0] ? err.cause : NULL, NULL);
		return status;
	}
	status = http_loop(&server, w);
	http_close(&server);
	close_app(&app);
	net_free(net);
	arena_free(a);
	return status;
}

int
main(int argc, char **argv)
{
	static const struct service api = {
		.name = "billfold-api",
		.doc = "Answers the requests of people and programs, behind nginx.",
		.config = keys,
		.config_size = sizeof(struct api_config),
		.metric_names = metric_names,
		.child = child,
		.prepare = prepare,
	};

	return service_main(&api, argc, argv);
}
