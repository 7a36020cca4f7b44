from tests.coverage_floor import too_low


def file(percent):
    return {"summary": {"percent_covered": percent}}


def test_files_below_the_floor_are_named_the_lowest_first():
    report = {"files": {"a.py": file(69.9), "b.py": file(70.0), "c.py": file(12.4)}}
    assert [line.split()[3] for line in too_low(report)] == ["c.py", "a.py"]


def test_nothing_is_said_when_all_is_well():
    assert too_low({"files": {"a.py": file(100.0)}}) == []
