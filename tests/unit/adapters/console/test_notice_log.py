"""What is known of printed notices, for as long as one of them may be tried again."""

from pathlib import Path

from adapters.console.notice_log import NoticeLog


def test_it_takes_no_more_of_the_disk_than_it_may(tmp_path: Path) -> None:
    log = NoticeLog(tmp_path, limit=1000)
    for number in range(200):
        assert not log.holds(f"e-{number}")
        log.add(f"e-{number}", "A notice of some length, ж.")
        assert log.holds(f"e-{number}")
        assert sum(file.stat().st_size for file in tmp_path.iterdir()) < 2200
    assert {file.name for file in tmp_path.iterdir()} == {"notices", "notices.old"}


def test_the_latest_are_known_after_a_kill_wherever_one_file_ends(tmp_path: Path) -> None:
    for number in range(100):
        NoticeLog(tmp_path, limit=1000).add(f"e-{number}", "A notice of some length, ж.")
        log = NoticeLog(tmp_path, limit=1000)
        assert all(log.holds(f"e-{n}") for n in range(max(0, number - 10), number + 1))
    assert not NoticeLog(tmp_path, limit=1000).holds("e-0")
