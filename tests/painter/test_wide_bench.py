from installation.collection import Collection
from installation.network.runtime import cpu_threads
from installation.painter.wide_bench import TILES, wide_bench


def test_each_way_is_timed_on_one_thread_and_on_all():
    rows = wide_bench(Collection.load(), (256, 320), frames=1)
    threads = sorted({1, cpu_threads()})
    assert [(row.threads, row.tile) for row in rows] == [(number, tile) for number in threads for tile in (0, *TILES)]
    assert all(row.pieces == 1 and row.seconds > 0 and row.cpu_seconds > 0 for row in rows)
