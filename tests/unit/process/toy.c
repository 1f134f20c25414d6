/*
 * toy.c - the smallest service: a unit of work is one line on a unix socket, answered by one line.
 *
 *	pid       the worker's process id
 *	word      the configured word
 *	sleep MS  "done", after so long
 *	hang      never, and deaf to TERM
 *	exec      whether it could start a program: "no"
 *	crash     nothing: the worker aborts in the middle of its unit
 *
 * Its keys are borrowed, because the configuration file knows the product's only: run_dir for
 * socket and ready file, issuer for the word, mail_from for how it fails.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <billfold/process.h>

struct toy_config {
	struct service_config service;
	const char *dir, *word, *fail;
};

static const struct config_key keys[] = {
	SERVICE_CONFIG_KEYS("syncd", "1", "0", "0"),
	{ "run_dir", CT_STR, NULL, offsetof(struct toy_config, dir), "where its socket is" },
	{ "issuer", CT_STR, "one", offsetof(struct toy_config, word), "what it says" },
	{ "mail_from", CT_STR, "", offsetof(struct toy_config, fail),
	  "start, config, ready or empty" },
	{ 0 },
};

enum { M_PIDS, M_WORDS, M_SLEEPS };
static const char *const metric_names[] = { "billfold_toy_asked_total{what=\"pid\"}",
					    "billfold_toy_asked_total{what=\"word\"}",
					    "billfold_toy_asked_total{what=\"sleep\"}", NULL };

static int
prepare(void *config, struct err *err)
{
	const struct toy_config *c = config;
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = service_fd("toy");

	if (fd >= 0)
		return 0;
	snprintf(sa.sun_path, sizeof(sa.sun_path), "%.90s/s", c->dir);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 || listen(fd, 64) < 0)
		return err_set(err, ERR_internal, "%s: %s", sa.sun_path, strerror(errno));
	return service_pass_fd("toy", fd, err);
}

static void
reply(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) < 0)
		_exit(3);
}

static void
serve(struct worker *w, const struct toy_config *c, int fd)
{
	char line[64] = "", out[64];
	ssize_t n = read(fd, line, sizeof(line) - 1);
	struct str rest,
	    verb = str_cut(str_trim((struct str){ line, n > 0 ? (size_t)n : 0 }), ' ', &rest);
	int64_t ms;

	if (str_eqz(verb, "pid")) {
		worker_count(w, M_PIDS, 1);
		snprintf(out, sizeof(out), "%d\n", (int)getpid());
		reply(fd, out);
	} else if (str_eqz(verb, "word")) {
		worker_count(w, M_WORDS, 1);
		reply(fd, c->word);
	} else if (str_eqz(verb, "sleep") && str_to_int(rest, 0, 60000, &ms)) {
		worker_count(w, M_SLEEPS, 1);
		poll(NULL, 0, (int)ms);
		reply(fd, "done");
	} else if (str_eqz(verb, "hang")) {
		for (;;)
			pause();
	} else if (str_eqz(verb, "exec")) {
		execl("/bin/true", "true", (char *)NULL);
		reply(fd, errno == EPERM ? "no" : "may");
	} else if (str_eqz(verb, "crash")) {
		abort();
	}
}

static int
child(struct worker *w, const void *config)
{
	const struct toy_config *c = config;
	int fd = service_fd("toy");

	if (strcmp(c->fail, "start") == 0)
		return 1;
	if (strcmp(c->fail, "config") == 0)
		return EXIT_CONFIG;
	while (!worker_stopping(w)) {
		struct pollfd p[2] = { { .fd = worker_signal_fd(w), .events = POLLIN },
				       { .fd = fd, .events = POLLIN } };
		int conn;

		poll(p, 2, -1);
		if (!p[1].revents || worker_stopping(w))
			continue;
		conn = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
		if (conn < 0)
			continue;
		worker_unit_begin(w);
		serve(w, c, conn);
		worker_unit_end(w, true);
		close(conn);
	}
	return 0;
}

static int
ready(const void *config, struct err *err)
{
	const struct toy_config *c = config;

	if (strcmp(c->fail, "ready") == 0) {
		char path[128];

		snprintf(path, sizeof(path), "%.90s/ready", c->dir);
		if (access(path, F_OK) < 0)
			return err_set(err, ERR_unavailable, "%s is not there", path);
	}
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct service toy = {
		.name = "billfold-toy",
		.doc = "A service that answers lines.",
		.config = keys,
		.config_size = sizeof(struct toy_config),
		.metric_names = metric_names,
		.child = child,
		.prepare = prepare,
		.ready = ready,
	};

	return service_main(&toy, argc, argv);
}
