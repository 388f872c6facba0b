"""The supervisor: it starts again what ends, and stops what runs, programs before servers."""

import os
import signal
import threading
import time
from functools import partial
from pathlib import Path

import pytest

from console import processes, supervisor
from console.processes import spawn, stop, tail
from console.supervisor import Child, Stopped, Supervisor

SLEEP = ["sleep", "60"]
DEAF = ["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.05; done"]


@pytest.fixture
def crew():
    crew = Supervisor(said := [])
    crew.say = said.append
    crew.said = said
    before = [(number, signal.getsignal(number)) for number in supervisor.STOP_SIGNALS]
    yield crew
    for child in crew.children:
        child.grace_seconds = 0
    crew.stop()
    for number, handler in before:
        signal.signal(number, handler)


def child(crew, tmp_path, command=SLEEP, name="program", **facts):
    log = tmp_path / f"{name}.log"
    crew.add(Child(name, partial(spawn, command, log=log), **facts))
    return crew.children[-1]


def tend_until(crew, fact, seconds=5):
    deadline = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < deadline, crew.said
        crew.tend()
        time.sleep(0.01)


def test_a_crashed_child_is_started_again_and_it_says_so(crew, tmp_path, monkeypatch):
    monkeypatch.setattr(supervisor, "SHORTEST_PAUSE", 0.05)
    one = child(crew, tmp_path)
    one.pause = 0.05
    first = one.process
    first.kill()
    tend_until(crew, lambda: one.process is not first)
    assert crew.said == ["program: ended with code -9; starting again in 0.05 s, see its log", "program: started again"]
    assert one.process.poll() is None


def test_pauses_double_up_to_a_limit_and_begin_anew_after_a_steady_run(crew, tmp_path, monkeypatch):
    monkeypatch.setattr(supervisor, "SHORTEST_PAUSE", 0.01)
    monkeypatch.setattr(supervisor, "LONGEST_PAUSE", 0.04)
    one = child(crew, tmp_path, command=["false"])
    one.pause = 0.01
    tend_until(crew, lambda: len([line for line in crew.said if "ended" in line]) >= 4)
    pauses = [line.split(" in ")[1].split(" s")[0] for line in crew.said if "ended" in line]
    assert pauses[:4] == ["0.01", "0.02", "0.04", "0.04"]
    monkeypatch.setattr(supervisor, "STEADY_SECONDS", 0)
    count = len(crew.said)
    tend_until(crew, lambda: any("in 0.01 s" in line for line in crew.said[count:]))


def test_programs_stop_before_servers(crew, tmp_path):
    order = []
    server = child(crew, tmp_path, name="server", server=True)
    program = child(crew, tmp_path, name="program")
    for one in (server, program):
        send = one.process.send_signal
        one.process.send_signal = lambda number, name=one.name, send=send: (order.append(name), send(number))
    crew.stop()
    assert order == ["program", "server"]
    assert crew.ended() == ["server", "program"]


def test_a_deaf_child_is_killed_after_its_grace(crew, tmp_path):
    deaf = child(crew, tmp_path, command=DEAF, grace_seconds=0.1)
    tend_until(crew, lambda: "ready" in tail(tmp_path / "program.log"))
    crew.stop()
    assert deaf.process.returncode == -signal.SIGKILL
    assert crew.said == ["program: killed"]


def test_a_second_signal_stops_the_waiting(crew, tmp_path):
    deaf = child(crew, tmp_path, command=DEAF, grace_seconds=600)
    tend_until(crew, lambda: "ready" in tail(tmp_path / "program.log"))
    crew.listen()
    for pause in (0.1, 0.3):
        threading.Timer(pause, os.kill, (os.getpid(), signal.SIGTERM)).start()
    crew.run()
    crew.stop()
    assert deaf.process.returncode == -signal.SIGKILL


def test_a_signal_before_run_interrupts_the_start(crew):
    crew.listen()
    with pytest.raises(Stopped):
        os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")
def test_what_a_child_leaves_in_its_group_is_swept(crew, tmp_path):
    parent = child(crew, tmp_path, command=["sh", "-c", "sleep 61 & echo $!; exec sleep 60"])
    tend_until(crew, lambda: tail(tmp_path / "program.log").strip().isdigit())
    left = int(tail(tmp_path / "program.log"))
    stop(parent.process)
    deadline = time.monotonic() + 5
    while _runs(left):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _runs(pid):
    """Tell whether a process runs; one that its new parent has not collected yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_spawning_outside_the_main_thread_is_refused(tmp_path):
    seen = []

    def elsewhere():
        with pytest.raises(RuntimeError, match="main thread"):
            spawn(SLEEP, log=tmp_path / "x.log")
        seen.append(True)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert seen


def test_a_large_log_is_set_aside(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "LOG_LIMIT", 3)
    log = tmp_path / "web.log"
    log.write_text("long")
    processes.open_log_file(log).close()
    assert (log.read_text(), (tmp_path / "web.log.1").read_text()) == ("", "long")
    assert tail(log) == "    (empty)"
