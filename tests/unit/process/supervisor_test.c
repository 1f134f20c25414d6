/*
 * supervisor_test.c - what the supervisor promises, tried on a real service (toy.c).
 *
 * Each test starts the service in a directory of its own, with its log in a file there. Nothing
 * sleeps for luck: eventually() waits for a condition, with a limit that a busy machine keeps.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <regex.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <billfold/base/arena.h>
#include <billfold/base/str.h>

struct toy {
	struct arena *arena;
	char *dir, *log, *socket, *config;
	pid_t pid;
	int port;
};

/* ---- the service under test ---- */

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* How much slower than an idle machine this one may be. */
enum { PATIENCE = 5 };

#define eventually(limit_ms, condition)                                                            \
	do {                                                                                       \
		int64_t until_ = now_ms() + PATIENCE * (limit_ms);                                 \
		while (!(condition)) {                                                             \
			if (now_ms() > until_)                                                     \
				fail_msg("never came: %s", #condition);                            \
			poll(NULL, 0, 20);                                                         \
		}                                                                                  \
	} while (0)

static char *
slurp(const struct toy *t, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *buf = arena_alloc(t->arena, 262144);
	size_t n = 0;
	ssize_t got;

	while (fd >= 0 && n < 262143 && (got = read(fd, buf + n, 262143 - n)) > 0)
		n += (size_t)got;
	if (fd >= 0)
		close(fd);
	return buf;
}

static bool
logged(const struct toy *t, const char *text)
{
	return strstr(slurp(t, t->log), text) != NULL;
}

static int
logged_port(const struct toy *t)
{
	const char *p = strstr(slurp(t, t->log), "\"port\":\"");
	struct str rest;
	int64_t port;

	if (!p || !str_to_int(str_cut(str_from(p + 8), '"', &rest), 1, 65535, &port))
		return 0;
	return (int)port;
}

static void
configure(const struct toy *t, const char *more)
{
	FILE *f = fopen(t->config, "we");

	assert_non_null(f);
	fprintf(f, "run_dir = \"%s\"\nsyncd_metrics = \"127.0.0.1:0\"\n%s", t->dir, more);
	assert_int_equal(fclose(f), 0);
}

static void
start(struct toy *t, const char *more)
{
	configure(t, more);
	t->pid = fork();
	assert_true(t->pid >= 0);
	if (t->pid == 0) {
		int fd = open(t->log, O_WRONLY | O_CREAT | O_APPEND, 0600);

		dup2(fd, STDERR_FILENO);
		close(fd);
		execl(TOY_PROGRAM, "toy", "-c", t->config, (char *)NULL);
		_exit(127);
	}
	eventually(5000, (t->port = logged_port(t)) != 0);
}

static int
wait_exit(struct toy *t, int limit_ms)
{
	int status;

	eventually(limit_ms, waitpid(t->pid, &status, WNOHANG) == t->pid);
	t->pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static int
setup(void **state)
{
	struct arena *a = arena_new(0);
	struct toy *t = arena_alloc(a, sizeof(*t));
	char dir[] = "/tmp/billfold-toy-XXXXXX";

	t->arena = a;
	if (!mkdtemp(dir))
		return -1;
	t->dir = arena_strdup(a, dir);
	t->log = arena_printf(a, "%s/log", dir);
	t->socket = arena_printf(a, "%s/s", dir);
	t->config = arena_printf(a, "%s/conf", dir);
	*state = t;
	return 0;
}

static int
teardown(void **state)
{
	struct toy *t = *state;

	if (t->pid) {
		kill(t->pid, SIGQUIT);
		waitpid(t->pid, NULL, 0);
	}
	unlink(t->log);
	unlink(t->socket);
	unlink(t->config);
	unlink(arena_printf(t->arena, "%s/ready", t->dir));
	unlink(arena_printf(t->arena, "%s/n", t->dir));
	rmdir(t->dir);
	arena_free(t->arena);
	return 0;
}

/* ---- talking to it ---- */

static int
dial_unix(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", path);
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static int
send_line(const struct toy *t, const char *line)
{
	int fd = dial_unix(t->socket);

	assert_true(fd >= 0);
	assert_true(write(fd, line, strlen(line)) > 0);
	return fd;
}

/* "" when the worker died. */
static char *
receive(const struct toy *t, int fd)
{
	char *buf = arena_alloc(t->arena, 64);
	struct pollfd p = { .fd = fd, .events = POLLIN };

	assert_int_equal(poll(&p, 1, 20000), 1);
	if (read(fd, buf, 63) < 0)
		buf[0] = '\0';
	close(fd);
	return buf;
}

static char *
ask(const struct toy *t, const char *line)
{
	return receive(t, send_line(t, line));
}

static pid_t
ask_pid(const struct toy *t)
{
	int64_t pid = 0;

	str_to_int(str_trim(str_from(ask(t, "pid"))), 1, INT32_MAX, &pid);
	return (pid_t)pid;
}

static int
dial_page(const struct toy *t)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons((uint16_t)t->port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	inet_pton(AF_INET, "127.0.0.1", &sa.sin_addr);
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* The whole answer; NULL when there is none. */
static char *
page(const struct toy *t, const char *request)
{
	int fd = dial_page(t);
	char *buf = arena_alloc(t->arena, 65536);
	size_t n = 0;
	ssize_t got;

	if (fd < 0)
		return NULL;
	if (write(fd, request, strlen(request)) < 0) {
		close(fd);
		return NULL;
	}
	while (n < 65535 && (got = read(fd, buf + n, 65535 - n)) > 0)
		n += (size_t)got;
	close(fd);
	return n ? buf : NULL;
}

static int
status(const struct toy *t, const char *path)
{
	char *answer = page(t, arena_printf(t->arena, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path));
	int64_t n = 0;
	struct str rest;

	if (!answer || strncmp(answer, "HTTP/1.1 ", 9) != 0)
		return 0;
	str_to_int(str_cut(str_from(answer + 9), ' ', &rest), 100, 599, &n);
	return (int)n;
}

static int64_t
metric(const struct toy *t, const char *name)
{
	char *answer = page(t, "GET /metrics HTTP/1.1\r\n\r\n");
	char *line = answer ? strstr(answer, arena_printf(t->arena, "\n%s ", name)) : NULL;
	struct str rest;
	int64_t n = -1;

	if (line)
		str_to_int(str_cut(str_from(line + strlen(name) + 2), '\n', &rest), 0, INT64_MAX,
			   &n);
	return n;
}

static int64_t
units(const struct toy *t)
{
	return metric(t, "billfold_units_total{result=\"ok\"}");
}

static int64_t
units_within(const struct toy *t, const char *seconds)
{
	return metric(t,
		      arena_printf(t->arena, "billfold_unit_seconds_bucket{le=\"%s\"}", seconds));
}

/* How many units that sleep were begun. */
static int64_t
sleepers(const struct toy *t)
{
	return metric(t, "billfold_toy_asked_total{what=\"sleep\"}");
}

/* ---- the promises ---- */

static void
test_killed_worker_is_replaced_at_once(void **state)
{
	struct toy *t = *state;
	pid_t first;

	start(t, "");
	first = ask_pid(t);
	/* The answer comes before the end of the unit: only then the worker has succeeded. */
	eventually(2000, units(t) == 1);
	kill(first, SIGKILL);
	eventually(2000, ask_pid(t) != first);
	/* no back-off: it had succeeded */
	assert_true(logged(t, "\"again_in_s\":\"0\""));
	assert_int_equal(metric(t, "billfold_child_deaths_total"), 1);
	assert_true(metric(t, "billfold_toy_asked_total{what=\"pid\"}") >=
		    2); /* one of each: outlives the child */
}

static void
test_crash_in_a_unit_is_not_the_end(void **state)
{
	struct toy *t = *state;

	start(t, "");
	assert_string_equal(ask(t, "word"), "one");
	assert_string_equal(ask(t, "crash"), "");
	assert_string_equal(ask(t, "word"), "one");
}

static void
test_death_before_success_backs_off(void **state)
{
	struct toy *t = *state;
	int64_t since = now_ms();

	start(t, "mail_from = \"start\"\n");
	eventually(1500, logged(t, "\"again_in_s\":\"2\""));
	eventually(6000, logged(t, "\"again_in_s\":\"4\""));
	assert_in_range(now_ms() - since, 1900, PATIENCE * 6000);
	assert_int_equal(metric(t, "billfold_child_starts_total"), 2);
	assert_int_equal(status(t, "/live"), 200);
	assert_int_equal(status(t, "/ready"), 503);
}

static void
test_exit_78_is_never_repeated(void **state)
{
	struct toy *t = *state;
	char *log;

	start(t, "syncd_workers = 2\nmail_from = \"config\"\n");
	assert_int_equal(wait_exit(t, 5000), 78);
	log = strstr(slurp(t, t->log), "NOT started again");
	assert_non_null(log);
	assert_non_null(strstr(log + 1, "NOT started again"));
	assert_false(logged(t, "again_in_s"));
}

static void
test_unsound_configuration_is_exit_78(void **state)
{
	struct toy *t = *state;

	configure(t, "syncd_workers = 0\n");
	t->pid = fork();
	if (t->pid == 0) {
		int fd = open(t->log, O_WRONLY | O_CREAT | O_APPEND, 0600);

		dup2(fd, STDERR_FILENO);
		execl(TOY_PROGRAM, "toy", "-c", t->config, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(wait_exit(t, 5000), 78);
}

static void
test_drain_finishes_the_unit(void **state)
{
	struct toy *t = *state;
	int a, b;

	start(t, "syncd_workers = 2\n");
	eventually(3000, metric(t, "billfold_children{state=\"running\"}") == 2);
	a = send_line(t, "sleep 800");
	b = send_line(t, "sleep 800");
	eventually(1000, sleepers(t) == 2);
	kill(t->pid, SIGTERM);
	assert_string_equal(receive(t, a), "done");
	assert_string_equal(receive(t, b), "done");
	assert_int_equal(wait_exit(t, 3000), 0);
}

/* Processor time of the supervisor so far, in ms. */
static int64_t
busy_ms(const struct toy *t)
{
	char path[64], line[1024] = "";
	unsigned long user, kernel;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", t->pid);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	fclose(f);
	/* proc(5): utime and stime are fields 14 and 15; the second ends with the last bracket */
	assert_int_equal(sscanf(strrchr(line, ')') + 1,
				" %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
				&kernel),
			 2);
	return (int64_t)(user + kernel) * 1000 / sysconf(_SC_CLK_TCK);
}

static void
test_a_long_unit_is_waited_for_asleep(void **state)
{
	struct toy *t = *state;
	int64_t before;
	int fd;

	start(t, "syncd_workers = 2\n");
	eventually(3000, metric(t, "billfold_children{state=\"running\"}") == 2);
	fd = send_line(t, "sleep 2000");
	eventually(1000, sleepers(t) == 1);
	before = busy_ms(t);
	kill(t->pid, SIGTERM);
	/* the other one has ended long before */
	usleep(1500 * 1000);
	assert_in_range(busy_ms(t) - before, 0, 150);
	assert_string_equal(receive(t, fd), "done");
	assert_int_equal(wait_exit(t, 3000), 0);
}

static void
test_quit_stops_at_once(void **state)
{
	struct toy *t = *state;
	int fd;

	start(t, "");
	fd = send_line(t, "sleep 20000");
	eventually(1000, sleepers(t) == 1);
	kill(t->pid, SIGQUIT);
	assert_int_equal(wait_exit(t, 2000), 0);
	close(fd);
}

static void
test_stuck_unit_is_ended(void **state)
{
	struct toy *t = *state;
	int64_t since;
	int fd;

	start(t, "syncd_unit_limit = 1\n");
	assert_string_equal(ask(t, "word"), "one");
	since = now_ms();
	fd = send_line(t, "hang");
	eventually(5000, logged(t, "past its time limit"));
	assert_true(now_ms() - since >= 1000);
	assert_string_equal(receive(t, fd), ""); /* KILL, 10 s after TERM */
	assert_in_range(now_ms() - since, 10500,
			19000); /* before its own timer, 20 s past the limit */
	assert_string_equal(ask(t, "word"), "one");
	assert_int_equal(metric(t, "billfold_child_kills_total"), 1);
}

static void
test_stuck_unit_is_told_of_once_while_stopping(void **state)
{
	static const char words[] = "past its time limit";
	struct toy *t = *state;
	char *first;
	int fd;

	start(t, "syncd_unit_limit = 1\n");
	fd = send_line(t, "hang");
	eventually(5000, logged(t, words));
	kill(t->pid, SIGTERM);
	for (int i = 0; i < 3; i++) /* each has a round of its own */
		assert_int_equal(metric(t, "billfold_child_kills_total"), 0);
	first = strstr(slurp(t, t->log), words);
	assert_null(strstr(first + 1, words));
	kill(t->pid, SIGQUIT);
	assert_int_equal(wait_exit(t, 2000), 0);
	close(fd);
}

static void
test_slow_unit_past_its_limit_may_still_end(void **state)
{
	struct toy *t = *state;

	start(t, "syncd_unit_limit = 1\n");
	assert_string_equal(ask(t, "sleep 2500"), "done");
	assert_string_equal(ask(t, "word"), "one"); /* by another: this one was told to go */
	assert_int_equal(metric(t, "billfold_child_kills_total"), 0);
}

static void
test_worker_is_renewed_after_its_units(void **state)
{
	struct toy *t = *state;
	pid_t before = 0;
	int changes = 0;

	start(t, "syncd_max_units = 5\n");
	for (int i = 0; i < 20; i++) {
		pid_t pid = ask_pid(t);

		assert_true(pid > 0); /* none lost */
		changes += pid != before;
		before = pid;
	}
	assert_int_equal(changes, 4);
	assert_int_equal(metric(t, "billfold_child_deaths_total"), 0);
	assert_false(logged(t, "worker died"));
}

static void
test_reload_changes_all_and_loses_nothing(void **state)
{
	struct toy *t = *state;
	int n = 0;

	start(t, "syncd_workers = 2\n");
	eventually(3000, metric(t, "billfold_children{state=\"running\"}") == 2);
	assert_string_equal(ask(t, "word"), "one");
	configure(t, "syncd_workers = 3\nissuer = \"two\"\n");
	kill(t->pid, SIGHUP);
	while (!logged(t, "reload done")) {
		char *word = ask(t, "word");

		assert_true(strcmp(word, "one") == 0 || strcmp(word, "two") == 0);
		assert_true(++n < 100000);
	}
	for (int i = 0; i < 20; i++)
		assert_string_equal(ask(t, "word"), "two");
	eventually(3000, metric(t, "billfold_children{state=\"running\"}") == 3);
	assert_int_equal(metric(t, "billfold_child_deaths_total"), 0);
	assert_int_equal(metric(t, "billfold_reloads_total"), 1);
	/* The scoreboard outlived the supervisor's image. */
	assert_int_equal(metric(t, "billfold_toy_asked_total{what=\"word\"}"), 21 + n);
}

static void
test_reload_of_an_unsound_file_is_refused(void **state)
{
	struct toy *t = *state;
	pid_t before;

	start(t, "");
	before = ask_pid(t);
	configure(t, "syncd_workers = \"many\"\n");
	kill(t->pid, SIGHUP);
	eventually(3000, logged(t, "reload refused"));
	assert_int_equal(ask_pid(t), before);
}

static void
test_reload_into_exit_78_keeps_the_old(void **state)
{
	struct toy *t = *state;

	start(t, "syncd_workers = 2\n");
	eventually(3000, metric(t, "billfold_children{state=\"running\"}") == 2);
	configure(t, "syncd_workers = 2\nmail_from = \"config\"\n");
	kill(t->pid, SIGHUP);
	eventually(5000, logged(t, "reload abandoned"));
	for (int i = 0; i < 10; i++)
		assert_string_equal(ask(t, "word"), "one");
	assert_int_equal(metric(t, "billfold_children{state=\"barred\"}"), 1);
	configure(t, "syncd_workers = 2\nissuer = \"two\"\n");
	kill(t->pid, SIGHUP);
	eventually(5000, logged(t, "reload done"));
	assert_string_equal(ask(t, "word"), "two");
	eventually(3000, metric(t, "billfold_children{state=\"running\"}") == 2);
}

static void
test_workers_do_not_outlive_a_killed_supervisor(void **state)
{
	struct toy *t = *state;
	pid_t worker;
	int fd;

	start(t, "");
	worker = ask_pid(t);
	fd = send_line(t, "sleep 500");
	eventually(1000, sleepers(t) == 1);
	kill(t->pid, SIGKILL);
	waitpid(t->pid, NULL, 0);
	t->pid = 0;
	assert_string_equal(receive(t, fd), "done"); /* the unit is finished first */
	eventually(3000, kill(worker, 0) < 0 && errno == ESRCH);
}

static void
test_ready_asks_the_program(void **state)
{
	struct toy *t = *state;
	char *file = arena_printf(t->arena, "%s/ready", t->dir);

	start(t, "mail_from = \"ready\"\n");
	eventually(3000, status(t, "/ready") == 503 && logged(t, "is not there"));
	assert_int_equal(status(t, "/ready"), 503);
	close(open(file, O_WRONLY | O_CREAT, 0600));
	eventually(3000, status(t, "/ready") == 200);
	assert_int_equal(status(t, "/nothing"), 404);
	assert_non_null(strstr(page(t, "POST /live HTTP/1.1\r\n\r\n"), "HTTP/1.1 405 "));
}

static void
test_metrics_are_prometheus_text(void **state)
{
	struct toy *t = *state;
	char *answer, *body;
	regex_t sample, comment;
	struct str rest;
	int64_t quick, words;

	start(t, "");
	/* Some words take less than 25 ms, even on a busy machine; that sleep never does. */
	eventually(5000, strcmp(ask(t, "word"), "one") == 0 && units_within(t, "0.025") > 0);
	words = metric(t, "billfold_toy_asked_total{what=\"word\"}");
	eventually(1000, units(t) == words);
	quick = units_within(t, "0.025");
	ask(t, "sleep 30");
	eventually(1000, units(t) == words + 1);
	answer = page(t, "GET /metrics HTTP/1.1\r\n\r\n");
	assert_non_null(strstr(answer, "Content-Type: text/plain; version=0.0.4"));
	body = strstr(answer, "\r\n\r\n") + 4;
	assert_int_equal(regcomp(&sample,
				 "^[a-z_]+(\\{([a-z_]+=\"[^\"]*\",?)*\\})? [0-9]+(\\.[0-9]+)?$",
				 REG_EXTENDED | REG_NOSUB),
			 0);
	assert_int_equal(regcomp(&comment,
				 "^# (HELP [a-z_]+ .+|TYPE [a-z_]+ (counter|gauge|histogram))$",
				 REG_EXTENDED | REG_NOSUB),
			 0);
	for (rest = str_from(body); rest.len;) {
		char *line = str_dup(t->arena, str_cut(rest, '\n', &rest));

		if (regexec(line[0] == '#' ? &comment : &sample, line, 0, NULL, 0) != 0)
			fail_msg("not a line of the format: %s", line);
	}
	regfree(&sample);
	regfree(&comment);
	assert_int_equal(metric(t, "billfold_unit_seconds_count"), words + 1);
	assert_int_equal(units_within(t, "0.025"), quick);
	assert_int_equal(units_within(t, "60"), words + 1);
	assert_int_equal(units_within(t, "+Inf"), words + 1);
	assert_null(strstr(strstr(body, "# TYPE billfold_toy_asked_total counter") + 1,
			   "# TYPE billfold_toy_asked_total"));
}

static void
test_slow_clients_stall_nobody(void **state)
{
	struct toy *t = *state;
	int fd[60];
	int64_t since, alone;

	start(t, "");
	since = now_ms();
	for (int i = 0; i < 50; i++)
		assert_int_equal(status(t, "/live"), 200);
	alone = now_ms() - since;
	for (int i = 0; i < 60; i++) {
		fd[i] = dial_page(t);
		assert_true(fd[i] >= 0);
		if (i % 2)
			assert_true(write(fd[i], "GET /met", 8) == 8);
	}
	since = now_ms();
	for (int i = 0; i < 50; i++)
		assert_int_equal(status(t, "/live"), 200);
	assert_true(now_ms() - since < 2000 + 10 * alone);
	assert_string_equal(ask(t, "word"), "one");
	for (int i = 0; i < 60; i++)
		close(fd[i]);
}

static void
test_service_manager_is_told(void **state)
{
	struct toy *t = *state;
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	char buf[128] = "";
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct pollfd p = { .fd = fd, .events = POLLIN };

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/n", t->dir);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	setenv("NOTIFY_SOCKET", sa.sun_path, 1);
	start(t, "");
	unsetenv("NOTIFY_SOCKET");
	assert_int_equal(poll(&p, 1, 5000), 1);
	assert_true(recv(fd, buf, sizeof(buf) - 1, 0) > 0);
	assert_string_equal(buf, "READY=1");
	kill(t->pid, SIGTERM);
	assert_int_equal(poll(&p, 1, 5000), 1);
	assert_int_equal(recv(fd, buf, sizeof(buf) - 1, 0), 10);
	assert_memory_equal(buf, "STOPPING=1", 10);
	assert_int_equal(wait_exit(t, 3000), 0);
	close(fd);
}

static void
test_a_worker_starts_no_programs(void **state)
{
	struct toy *t = *state;

#ifdef BILLFOLD_SANITIZED
	skip();
#endif
	start(t, "");
	assert_string_equal(ask(t, "exec"), "no");
	assert_string_equal(ask(t, "word"), "one");
}

static void
test_credentials_are_the_unit_s(void **state)
{
	struct toy *t = *state;

	setenv("CREDENTIALS_DIRECTORY", t->dir, 1);
	start(t, "issuer = \"credential:name\"\n");
	unsetenv("CREDENTIALS_DIRECTORY");
	assert_string_equal(ask(t, "word"), arena_printf(t->arena, "%s/name", t->dir));
}

#define PROMISE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PROMISE(test_killed_worker_is_replaced_at_once),
		PROMISE(test_crash_in_a_unit_is_not_the_end),
		PROMISE(test_death_before_success_backs_off),
		PROMISE(test_exit_78_is_never_repeated),
		PROMISE(test_unsound_configuration_is_exit_78),
		PROMISE(test_drain_finishes_the_unit),
		PROMISE(test_a_long_unit_is_waited_for_asleep),
		PROMISE(test_quit_stops_at_once),
		PROMISE(test_stuck_unit_is_ended),
		PROMISE(test_stuck_unit_is_told_of_once_while_stopping),
		PROMISE(test_slow_unit_past_its_limit_may_still_end),
		PROMISE(test_worker_is_renewed_after_its_units),
		PROMISE(test_reload_changes_all_and_loses_nothing),
		PROMISE(test_reload_of_an_unsound_file_is_refused),
		PROMISE(test_reload_into_exit_78_keeps_the_old),
		PROMISE(test_workers_do_not_outlive_a_killed_supervisor),
		PROMISE(test_ready_asks_the_program),
		PROMISE(test_metrics_are_prometheus_text),
		PROMISE(test_slow_clients_stall_nobody),
		PROMISE(test_service_manager_is_told),
		PROMISE(test_a_worker_starts_no_programs),
		PROMISE(test_credentials_are_the_unit_s),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
