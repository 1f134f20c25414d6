/*
 * metrics.c - writes /metrics. No tenant, person or id ever becomes a label.
 *
 * A program's own counters stand under the names it gave, labels included; HELP and TYPE come
 * once for those of one name. All counters live in the scoreboard and survive children;
 * they start anew with the program, as process_start_time_seconds tells.
 */
#include "config.h"

#include "metrics.h"

#include <inttypes.h>

static void
head(struct sb *out, const char *name, const char *type, const char *help)
{
	sb_addf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void
counter(struct sb *out, const char *name, const char *help, uint64_t value)
{
	head(out, name, "counter", help);
	sb_addf(out, "%s %" PRIu64 "\n", name, value);
}

static void
seconds(struct sb *out, uint64_t ns)
{
	sb_addf(out, "%" PRIu64 ".%09" PRIu64, ns / 1000000000, ns % 1000000000);
}

static void
histogram(struct sb *out, struct board *b)
{
	uint64_t sum = 0;

	head(out, "billfold_unit_seconds", "histogram", "How long units of work took.");
	for (int i = 0; i < BOARD_BUCKETS; i++) {
		sum += atomic_load(&b->bucket[i]);
		sb_addf(out, "billfold_unit_seconds_bucket{le=\"%.4g\"} %" PRIu64 "\n",
			(double)board_bucket_ns[i] / 1e9, sum);
	}
	sum += atomic_load(&b->bucket[BOARD_BUCKETS]);
	sb_addf(out, "billfold_unit_seconds_bucket{le=\"+Inf\"} %" PRIu64 "\n", sum);
	sb_addz(out, "billfold_unit_seconds_sum ");
	seconds(out, atomic_load(&b->unit_ns));
	sb_addf(out, "\nbillfold_unit_seconds_count %" PRIu64 "\n", sum);
}

static void
own_counters(struct sb *out, const struct service *s, struct board *b)
{
	struct str before = { 0 };

	for (int i = 0; s->metric_names && s->metric_names[i] && i < BOARD_METRICS; i++) {
		struct str rest, name = str_cut(str_from(s->metric_names[i]), '{', &rest);

		if (!str_eq(name, before))
			sb_addf(out,
				"# HELP " STR_FMT " Counted by %s.\n# TYPE " STR_FMT " counter\n",
				STR_ARG(name), s->name, STR_ARG(name));
		before = name;
		sb_addf(out, "%s %" PRIu64 "\n", s->metric_names[i], atomic_load(&b->metric[i]));
	}
}

void
metrics_write(struct sb *out, const struct service *s, struct board *b,
	      const struct metrics_children *n)
{
	head(out, "billfold_build_info", "gauge", "Program and version, always 1.");
	sb_addf(out, "billfold_build_info{program=\"%s\",version=\"%s\"} 1\n", s->name,
		PACKAGE_VERSION);
	head(out, "process_start_time_seconds", "gauge",
	     "Start of the program since the epoch; counters begin there.");
	sb_addf(out, "process_start_time_seconds %" PRId64 ".%06" PRId64 "\n",
		b->started_us / 1000000, b->started_us % 1000000);

	head(out, "billfold_children", "gauge", "Worker processes by state.");
	sb_addf(
	    out,
	    "billfold_children{state=\"starting\"} %d\nbillfold_children{state=\"running\"} %d\n"
	    "billfold_children{state=\"stopping\"} %d\nbillfold_children{state=\"barred\"} %d\n",
	    n->starting, n->running, n->stopping, n->barred);
	counter(out, "billfold_child_starts_total", "Worker processes started.",
		atomic_load(&b->starts));
	counter(out, "billfold_child_deaths_total",
		"Worker processes that ended without being told to.", atomic_load(&b->deaths));
	counter(out, "billfold_child_kills_total", "Worker processes killed for their time limit.",
		atomic_load(&b->kills));
	counter(out, "billfold_reloads_total", "Renewals of the supervisor.",
		atomic_load(&b->reloads));

	head(out, "billfold_units_total", "counter", "Units of work ended.");
	sb_addf(out,
		"billfold_units_total{result=\"ok\"} %" PRIu64
		"\nbillfold_units_total{result=\"failed\"} %" PRIu64 "\n",
		atomic_load(&b->units_ok), atomic_load(&b->units_failed));
	histogram(out, b);
	own_counters(out, s, b);
}
