import numpy as np

from installation.camera.motion import MotionSensor

SHAPE = (288, 512, 3)


def room(light: int = 90, noise: float = 0.0, seed: int = 1) -> np.ndarray:
    values = np.full(SHAPE, light, np.float32)
    values[:, :200] += 40
    values += np.random.default_rng(seed).normal(0, noise, SHAPE) if noise else 0
    return np.clip(values, 0, 255).astype(np.uint8)


def with_person(at: int, **more) -> np.ndarray:
    frame = room(**more)
    frame[80:, at : at + 60] = (150, 120, 100)
    return frame


def test_the_first_frame_is_compared_with_nothing():
    assert not MotionSensor().moved(room())


def test_an_empty_room_is_still_however_noisy_the_camera():
    sensor = MotionSensor()
    assert not any(sensor.moved(room(noise=20, seed=seed)) for seed in range(20))


def test_a_lamp_that_is_switched_on_is_nobody():
    sensor = MotionSensor()
    assert not any(sensor.moved(room(light=light)) for light in (60, 60, 130, 130, 40))


def test_somebody_who_walks_by_is_seen_in_the_dark_too():
    sensor = MotionSensor()
    sensor.moved(room(noise=10))
    assert all(sensor.moved(with_person(at, noise=10, seed=at)) for at in range(0, 400, 40))


def test_frames_of_another_size_are_welcome():
    sensor = MotionSensor()
    sensor.moved(room())
    assert not sensor.moved(np.ascontiguousarray(room()[::2, ::2]))
