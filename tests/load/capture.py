"""The statements of one request, as the server saw them, made into a pgbench script.

log_statement tells every statement that billfold-api executes with its parameters. A parameter becomes a variable of
pgbench, so that it travels as a parameter again; those that change from request to request are put in by an expression
over pgbench's own random number.
"""
import re
import time

RECORD = re.compile(r"^\d{4}-\d\d-\d\d [\d:.]+ UTC \[(\d+)\] (\S*) (\S*) (LOG|DETAIL|ERROR|STATEMENT|FATAL|WARNING|HINT|CONTEXT):  (.*)$")
EXECUTE = re.compile(r"^execute [^:]+: (.*)$", re.S)
PARAMETER = re.compile(r"\$(\d+) = (NULL|'(?:[^']|'')*')", re.S)


def records(text):
    """(pid, application, kind, text) of each record; a continuation line begins with a tab."""
    found = []
    for line in text.splitlines():
        told = RECORD.match(line)
        if told:
            found.append([told.group(1), told.group(3), told.group(4), told.group(5)])
        elif found:
            found[-1][3] += "\n" + line.removeprefix("\t")
    return found


def statements(stage, ask):
    """What billfold-api executed while ask() made one request: a list of (sql, [parameter or None])."""
    log = stage.product.home / "log" / "postgresql.log"
    with stage.product.database().cursor() as cursor:
        cursor.execute("ALTER SYSTEM SET log_statement = 'all'")
        cursor.execute("SELECT pg_reload_conf()")
        try:
            executed = listen(log, ask)
        finally:
            cursor.execute("ALTER SYSTEM RESET log_statement")
            cursor.execute("SELECT pg_reload_conf()")
    return executed


def listen(log, ask):
    # A worker's session reads its new setting with its next statement: what is not told yet is asked again.
    for _ in range(100):
        start = log.stat().st_size
        ask()
        found = told(log.read_bytes()[start:].decode(errors="replace"))
        if found and found[-1][0] == "COMMIT" and found[0][0].startswith("BEGIN"):
            return found
        time.sleep(0.05)
    raise RuntimeError("the server's log does not tell what a request executes")


def told(text):
    found = []
    for _, application, kind, words in records(text):
        if application != "billfold-api":
            continue
        execute = EXECUTE.match(words) if kind == "LOG" else None
        if execute:
            found.append((execute.group(1), []))
        elif kind == "DETAIL" and words.startswith("parameters: ") and found:
            values = {int(n): None if v == "NULL" else v[1:-1].replace("''", "'") for n, v in PARAMETER.findall(words)}
            found[-1] = (found[-1][0], [values[n] for n in sorted(values)])
    return found


def script(executed, changing, head=""):
    """The text of a pgbench script and its variables. changing: {parameter's value: SQL expression}."""
    lines, variables = [head, "\\startpipeline"], {}
    for k, (sql, parameters) in enumerate(executed):
        def put(match, k=k, parameters=parameters):
            value = parameters[int(match.group(1)) - 1]
            if value is None:
                return "NULL"
            if value in changing:
                return f"({changing[value]})"
            name = f"s{k}_{match.group(1)}"
            variables[name] = value
            return f":{name}"

        assert not re.search(r"(?<!:):[A-Za-z_]", sql), f"pgbench would take a name for a variable: {sql}"
        lines.append(" ".join(re.sub(r"\$(\d+)", put, sql).split("\n")) + ";")
    return "\n".join(lines + ["\\endpipeline"]) + "\n", variables
