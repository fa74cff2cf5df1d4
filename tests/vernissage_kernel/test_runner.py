"""A kernel's life, and what it does with Python cells."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.vernissage_kernel.lone import LoneKernel, Mother
from vernissage_kernel.frames import (
    ClearOutput,
    Display,
    EnterRun,
    Finished,
    ForgetVariables,
    ListVariables,
    Ready,
    RunSql,
    SetVariables,
    Shutdown,
    Started,
    Stream,
    UpdateDisplay,
)


def plain(lines: tuple[str, ...]) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(lines))


def test_cel1_an_execution_has_its_frames_in_order(kernel: LoneKernel) -> None:
    assert isinstance(kernel.ready, Ready)
    outcome = kernel.run("print('a')\n1 / 0")
    kinds = [type(frame).__name__ for frame in outcome.frames]
    assert kinds == ["Started", "Stream", "ErrorRaised", "Finished"]
    assert outcome.finished.ok is False
    again = kernel.run("import time; time.sleep(0.05)")
    assert again.finished.ok is True
    assert again.finished.elapsed >= 0.05
    assert {frame.execution for frame in again.frames if isinstance(frame, Started | Finished)} == {2}


def test_cel2_prints_and_displays_keep_their_order(kernel: LoneKernel) -> None:
    outcome = kernel.run("import sys\nprint(1)\ndisplay(2)\nprint(3, file=sys.stderr)\nprint(4, end='')\n5")
    seen = [
        frame.text.strip() if isinstance(frame, Stream) else frame.data["text/plain"]
        for frame in outcome.frames
        if isinstance(frame, Stream | Display)
    ]
    assert seen == ["1", "2", "3", "4", "5"]


def test_cel3_ready_to_be_forked(mother: Mother) -> None:
    assert mother.prepared == {"threads": 1, "names": [], "heavy": []}


def test_cel3_a_fresh_kernel_holds_no_variable(kernel: LoneKernel) -> None:
    assert kernel.ask(ListVariables).variables == ()
    assert kernel.run("frame").error.ename == "NameError"


def test_cel4_the_run_knows_itself(start_kernel: Callable[..., LoneKernel]) -> None:
    kernel = start_kernel(
        trigger="app",
        viewer="ana@example.org",
        attributes={"team": "north"},
        timezone="Europe/Berlin",
        project="p1",
        version=3,
    )
    source = (
        "import vernissage\nc = vernissage.run_context()\n"
        "print(c.trigger, c.viewer, c.attributes['team'], c.timezone, c.project, c.version)"
    )
    assert kernel.run(source).printed() == "app ana@example.org north Europe/Berlin p1 3\n"
    error = kernel.run("vernissage.secrets['db']").error
    assert error.ename == "UnknownSecret"
    assert "no secret named 'db'" in error.evalue


def test_ctx1_a_run_with_another_trigger_is_told_so(start_kernel: Callable[..., LoneKernel]) -> None:
    kernel = start_kernel(trigger="app", viewer="ana@example.org", project="p1", version=3)
    kernel.run("import vernissage\nheld = vernissage.run_context()")
    kernel.send(EnterRun("refresh"))
    source = "c = vernissage.run_context()\nprint(held.trigger, c.trigger, c.viewer, c.project, c.version)"
    assert kernel.run(source).printed() == "app refresh ana@example.org p1 3\n"


def test_ctx1_nothing_of_the_context_can_be_changed_by_accident(start_kernel: Callable[..., LoneKernel]) -> None:
    kernel = start_kernel(viewer="ana@example.org", attributes={"team": "north"})
    kernel.run("import vernissage\nc = vernissage.run_context()")
    assert kernel.run("c.viewer = 'ben@example.org'").error.ename == "FrozenInstanceError"
    assert kernel.run("c.attributes['team'] = 'south'").error.ename == "TypeError"


def test_ctx3_importing_vernissage_loads_nothing_of_the_server() -> None:
    code = (
        "import sys, vernissage\n"
        "print(vernissage.run_context().trigger)\n"
        "print([m for m in sys.modules if m.startswith('vernissage.') or m in ('msgspec', 'litestar', 'IPython')])"
    )
    environment = {"PYTHONPATH": str(Path(__file__).resolve().parents[2] / "src")}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["logic", "[]"]


def test_cel4_secrets_are_read_and_never_shown(start_kernel: Callable[..., LoneKernel]) -> None:
    kernel = start_kernel(secrets={"db": "hush"})
    assert kernel.run("from vernissage import secrets\nsecrets['db'] == 'hush'").data["text/plain"] == "True"
    assert "hush" not in kernel.run("secrets").data["text/plain"]


def test_cel5_the_package_is_light() -> None:
    heavy = (
        "import sys, vernissage_kernel\n"
        "print([m for m in ('IPython', 'pandas', 'numpy', 'duckdb') if m in sys.modules])"
    )
    environment = {"PYTHONPATH": str(Path(__file__).resolve().parents[2] / "src")}
    done = subprocess.run([sys.executable, "-c", heavy], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_cel10_the_last_expression_is_shown(kernel: LoneKernel) -> None:
    shown = kernel.run("1\n2").one(Display)
    assert shown.data == {"text/plain": "2"}
    assert shown.result is True
    assert kernel.run("2;").all(Display) == []
    assert kernel.run("x = 2").all(Display) == []


def test_cel10_no_output_is_kept_behind_the_users_back(kernel: LoneKernel) -> None:
    kernel.run("41")
    assert kernel.run("[n for n in ('_', '_1', 'Out') if n in globals() and globals()[n]]").data["text/plain"] == "[]"


def test_cel11_await_and_asyncio_run(kernel: LoneKernel) -> None:
    source = "import asyncio\nasync def f():\n    await asyncio.sleep(0)\n    return 7\n"
    assert kernel.run(source + "await f()").data["text/plain"] == "7"
    assert kernel.run("asyncio.run(f())").data["text/plain"] == "7"
    assert kernel.run("task = asyncio.ensure_future(f())\nawait task").data["text/plain"] == "7"


def test_cel12_a_traceback_names_the_cell_and_folds_libraries(kernel: LoneKernel) -> None:
    kernel.run("def load(text):\n    import json\n    return json.loads(text)", cell="defs", name="Helpers")
    error = kernel.run("x = 1\nload('{')", cell="load", name="Load orders").error
    text = plain(error.traceback)
    assert "cell 'Load orders', line 2" in text
    assert "cell 'Helpers', line 3 in load" in text
    assert "→    3     return json.loads(text)" in text
    assert re.search(r"… \d frames in json", text)
    assert "vernissage_kernel" not in text and "site-packages" not in text and "run_code" not in text


def test_cel12_a_rerun_with_new_source_shows_that_source(kernel: LoneKernel) -> None:
    kernel.run("def f():\n    raise ValueError('old')", cell="a", name="A")
    kernel.run("def f():\n    # new\n    raise ValueError('new')", cell="a", name="A")
    text = plain(kernel.run("f()", cell="b", name="B").error.traceback)
    assert "raise ValueError('new')" in text and "raise ValueError('old')" not in text


def test_cel12_causes_and_groups_are_told(kernel: LoneKernel) -> None:
    text = plain(
        kernel.run("try:\n    1/0\nexcept ZeroDivisionError as e:\n    raise KeyError('k') from e").error.traceback
    )
    assert text.index("ZeroDivisionError") < text.index("direct cause") < text.index("KeyError: 'k'")
    text = plain(kernel.run("raise ExceptionGroup('both', [ValueError('a'), TypeError('b')])").error.traceback)
    assert "ValueError: a" in text and "TypeError: b" in text


def test_cel12_an_endless_recursion_is_cut(kernel: LoneKernel) -> None:
    error = kernel.run("def f(n):\n    return f(n + 1)\nf(0)").error
    assert error.ename == "RecursionError"
    assert len(error.traceback) < 400
    assert "frames of your code" in plain(error.traceback)


def test_cel12_an_exception_that_cannot_be_told_is_told(kernel: LoneKernel) -> None:
    source = "class Bad(Exception):\n    def __str__(self): raise RuntimeError\nraise Bad"
    error = kernel.run(source).error
    assert error.ename == "Bad"
    assert "RuntimeError" in error.evalue


def test_cel12_broken_text_is_told_too(kernel: LoneKernel) -> None:
    outcome = kernel.run("display('a\\ud800')\nraise ValueError('b\\ud800')")
    assert outcome.one(Display).data["text/plain"] == r"'a\ud800'"
    assert outcome.error.evalue == "b?"
    assert kernel.run("display({'text/html': '\\ud800'}, raw=True)").data["text/html"] == "?"


def test_cel13_errors_tell_kind_text_and_line(kernel: LoneKernel) -> None:
    error = kernel.run("a = 1\n\nb = a['x']").error
    assert (error.ename, error.line) == ("TypeError", 3)
    error = kernel.run("a = 1\nb = (2\nc = 3").error
    assert (error.ename, error.line) == ("SyntaxError", 2)
    error = kernel.run("import never_installed").error
    assert error.ename == "ModuleNotFoundError"
    assert "project's packages" in error.evalue


def test_cel14_only_an_app_error_is_for_everybody(kernel: LoneKernel) -> None:
    assert (
        kernel.run("import vernissage\nraise vernissage.AppError('No data today.')").error.app_text == "No data today."
    )
    assert kernel.run("raise ValueError('select secret')").error.app_text == ""


def test_cel15_an_interrupt_ends_the_cell(kernel: LoneKernel) -> None:
    kernel.begin("print('go')\nwhile True:\n    pass")
    kernel.until_printed("go")
    kernel.interrupt()
    outcome = kernel.end()
    assert (outcome.error.ename, outcome.error.evalue) == ("KeyboardInterrupt", "Interrupted.")
    assert kernel.run("1 + 1").data["text/plain"] == "2"


def test_cel15_an_interrupt_runs_the_finally_of_an_awaiting_cell(kernel: LoneKernel) -> None:
    kernel.begin("import asyncio\ntry:\n    print('go')\n    await asyncio.sleep(60)\nfinally:\n    print('clean')")
    kernel.until_printed("go")
    kernel.interrupt()
    outcome = kernel.end()
    assert outcome.error.ename == "KeyboardInterrupt"
    assert "clean" in outcome.printed()
    assert kernel.run("await asyncio.sleep(0)").finished.ok


def test_cel15_an_interrupt_between_cells_does_nothing(kernel: LoneKernel) -> None:
    kernel.run("x = 1")
    for _ in range(20):
        kernel.interrupt()
    assert kernel.run("x").data["text/plain"] == "1"


def test_cel15_a_cell_that_takes_the_signal_is_no_harm_to_the_next(kernel: LoneKernel) -> None:
    kernel.run("import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN);")
    kernel.begin("print('go')\nwhile True:\n    pass")
    kernel.until_printed("go")
    kernel.interrupt()
    assert kernel.end().error.ename == "KeyboardInterrupt"


def test_cel15_an_interrupt_in_a_librarys_words_is_one(kernel: LoneKernel) -> None:
    source = (
        "print('go')\ntry:\n    while True:\n        pass\n"
        "except KeyboardInterrupt:\n    raise RuntimeError('Query interrupted') from None"
    )
    kernel.run("print('warm')")
    kernel.begin(source)
    kernel.until_printed("go")
    kernel.interrupt()
    assert kernel.end().error.ename == "KeyboardInterrupt"
    assert kernel.run("raise RuntimeError('Query interrupted')").error.ename == "RuntimeError"


def test_cel15_a_query_is_interrupted(kernel: LoneKernel) -> None:
    endless = RunSql("select count(*) from range(10000000000) a, range(1000) b", "")
    later = "import threading, os, signal\nt = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))\nt.start()"
    for _ in range(6):
        kernel.run(later)
        kernel.begin(endless)
        assert kernel.end().error.ename == "KeyboardInterrupt"
        # What watched that query must be gone, wherever in it the interrupt was raised.
        after = kernel.run(RunSql("select 1", ""))
        assert after.finished.ok, after.error


def test_cel16_what_only_a_terminal_has(kernel: LoneKernel) -> None:
    assert "input cell" in kernel.run("input('name?')").error.evalue
    assert "secret" in kernel.run("import getpass\ngetpass.getpass()").error.evalue
    for source in ("exit()", "quit()", "import sys\nsys.exit(1)", "raise SystemExit"):
        assert "cannot end its kernel" in kernel.run(source).error.evalue
    assert kernel.run("1").finished.ok


def test_cel17_out_of_memory_has_a_sentence(kernel: LoneKernel) -> None:
    error = kernel.run("import numpy as np\nnp.ones(10**15)").error
    assert error.ename in ("MemoryError", "_ArrayMemoryError")
    assert "ran out of memory" in error.evalue
    assert kernel.run("1").finished.ok


def test_cel18_a_burst_travels_together(kernel: LoneKernel) -> None:
    outcome = kernel.run("for i in range(5000):\n    print(i)")
    assert outcome.printed() == "".join(f"{i}\n" for i in range(5000))
    assert len(outcome.all(Stream)) < 200


def test_cel18_no_line_of_a_burst_is_stuck(kernel: LoneKernel) -> None:
    kernel.begin("for i in range(100):\n    print(f'line {i}')\nwhile True:\n    pass")
    kernel.until_printed("line 99")
    kernel.interrupt()
    kernel.end()


def test_cel18_text_without_an_end_of_line_comes_at_a_flush(kernel: LoneKernel) -> None:
    kernel.begin("print('half', end='', flush=True)\nwhile True:\n    pass")
    kernel.until_printed("half")
    kernel.interrupt()
    kernel.end()


def test_cel18_a_long_text_comes_in_pieces_and_odd_text_at_all(kernel: LoneKernel) -> None:
    outcome = kernel.run("print('x' * 3_000_000)\nprint('\\ud800')\nimport sys\nsys.stdout.buffer.write(b'raw\\n');")
    assert outcome.printed() == "x" * 3_000_000 + "\n?\nraw\n"
    assert max(len(frame.text) for frame in outcome.all(Stream)) <= 1_000_000


def test_cel19_a_forked_process_keeps_out_of_the_conversation(kernel: LoneKernel) -> None:
    source = (
        "import os\npid = os.fork()\nif pid == 0:\n    print('child')\n    display('child')\n    os._exit(0)\n"
        "_ = os.waitpid(pid, 0)"
    )
    outcome = kernel.run(source)
    assert outcome.printed() == ""
    assert outcome.all(Display) == []
    assert kernel.run("1").finished.ok


def test_cel20_exit_functions_run_at_the_shutdown(kernel: LoneKernel) -> None:
    kernel.run("import atexit\natexit.register(print, 'bye');")
    kernel.send(Shutdown())
    last = kernel.receive()
    assert isinstance(last, Stream)
    assert (last.execution, last.text) == (0, "bye\n")
    assert kernel.receive() is None


def test_cel31_displays_updates_and_clearing(kernel: LoneKernel) -> None:
    outcome = kernel.run("h = display(1, display_id=True)\nh.update(2)")
    shown, update = outcome.one(Display), outcome.one(UpdateDisplay)
    assert shown.display_id == update.display_id != ""
    assert update.data["text/plain"] == "2"
    assert kernel.run("from IPython.display import clear_output\nclear_output(wait=True)").one(ClearOutput).wait is True
    assert kernel.run("display({'image/png': b'ab', 'text/plain': 'x'}, raw=True)").data["image/png"] == "YWI="
    assert kernel.run("from IPython.display import Markdown\nMarkdown('*a*')").data["text/markdown"] == "*a*"


def test_cel40_values_arrive_as_what_they_are(kernel: LoneKernel) -> None:
    kernel.send(
        SetVariables(
            {
                "day": {"$date": "2026-11-25"},
                "at": {"$datetime": "2026-10-25T02:30:00", "zone": "Europe/Berlin", "fold": 1},
                "big": {"$int": str(2**70)},
                "plain": [1, 2.5, "x", None, True, {"$date": "2026-01-01"}],
            }
        )
    )
    printed = kernel.run("print(repr(day), at.isoformat(), at.tzinfo, big == 2**70, plain)").printed()
    assert printed == (
        "datetime.date(2026, 11, 25) 2026-10-25T02:30:00+01:00 Europe/Berlin True "
        "[1, 2.5, 'x', None, True, datetime.date(2026, 1, 1)]\n"
    )
    kernel.send(ForgetVariables(("day",)))
    assert kernel.run("day").error.ename == "NameError"


def test_cel40_what_the_kernel_needs_cannot_be_forgotten_or_overwritten(kernel: LoneKernel) -> None:
    kernel.send(ForgetVariables(("get_ipython", "exit")))
    assert kernel.run("get_ipython, exit;").finished.ok
    assert kernel.run(RunSql("select 1", "get_ipython")).error.ename == "NameError"
