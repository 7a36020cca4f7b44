"""One Ray of this machine for all tests; it takes long to start where others work."""

import os
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session")
def local_ray() -> Iterator[None]:
    import ray

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    # Ray Serve replaces its proxy when that has not started within five seconds, for ever on a busy machine.
    os.environ["RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S"] = "90"
    os.environ["RAY_SERVE_PROXY_HEALTH_CHECK_TIMEOUT_S"] = "90"
    for tries_left in (2, 1, 0):
        try:
            ray.init(num_cpus=4, include_dashboard=False, object_store_memory=100 * 2**20, log_to_driver=False)
            break
        except Exception as error:  # it raises the base class itself
            # Ray gives its own parts thirty seconds, which a busy machine may not have.
            if not tries_left or "timed out" not in str(error):
                raise
            ray.shutdown()
    yield
    ray.shutdown()
