"""The loop learns, passes its stages, and goes on from a checkpoint."""

import msgspec
import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch")
pytest.importorskip("tqdm")

from installation.errors import SettingsError, UsageError  # noqa: E402
from installation.training.data import Photos, held_out, picture_files  # noqa: E402
from installation.training.export import style_text  # noqa: E402
from installation.training.losses import (  # noqa: E402
    Warp,
    across_form,
    along_form,
    colour_quantiles,
    detail_quantiles,
    distribution_distance,
    form_error,
    outlines,
    reversal,
    shown,
    ssim,
    tint,
    weave,
)
from installation.training.paintings import painting_targets  # noqa: E402
from installation.training.perceptual import load_perceptual  # noqa: E402
from installation.training.quantization import Precision  # noqa: E402
from installation.training.recipe import load_recipe  # noqa: E402
from installation.training.trainer import TEACHER_EVERY, Trainer  # noqa: E402


@pytest.fixture
def pictures(tmp_path):
    random = np.random.default_rng(0)
    for index in range(4):
        pixels = np.kron(random.integers(0, 256, (20, 24, 3), dtype=np.uint8), np.ones((16, 16, 1), np.uint8))
        Image.fromarray(pixels).save(tmp_path / f"photo-{index}.png")
    return picture_files([tmp_path])


def make_trainer(pictures, teacher):
    recipe = load_recipe()
    schedule = msgspec.structs.replace(
        recipe.schedule, fp32_steps=2, int8_steps=2, int4_steps=TEACHER_EVERY, size=64, batch=2
    )
    recipe = msgspec.structs.replace(recipe, schedule=schedule, styles=recipe.styles[:2])
    targets = painting_targets(teacher, pictures[:2])
    return Trainer(recipe, Photos(pictures, 1), teacher, targets)


def test_all_stages_run_and_every_loss_is_finite(pictures, teacher):
    trainer, stages = make_trainer(pictures, teacher), []
    trainer.run(lambda step: stages.append((step.precision, all(np.isfinite(list(step.losses.values()))))))
    assert [stage for stage, _ in stages][-1] == Precision.INT4
    assert [stage for stage, _ in stages][::2][:3] == [Precision.FP32, Precision.INT8, Precision.INT4]
    assert all(finite for _, finite in stages)


def test_a_checkpoint_goes_on_where_it_was(pictures, teacher, tmp_path):
    trainer = make_trainer(pictures, teacher)
    trainer.run(lambda step: trainer.save(tmp_path / "checkpoint.pt") if step.number == 5 else None)
    again = make_trainer(pictures, teacher)
    again.resume(tmp_path / "checkpoint.pt")
    assert again.step == 5
    assert again.precision == Precision.INT4
    assert all(
        torch.equal(a, b)
        for a, b in zip(again.reference.state_dict().values(), trainer.reference.state_dict().values(), strict=True)
    )
    again.run(lambda step: None)
    assert again.step == again.recipe.schedule.steps


def test_going_on_at_the_end_of_the_float_stage_keeps_the_trained_network(pictures, teacher, tmp_path):
    trainer = make_trainer(pictures, teacher)
    path = tmp_path / "checkpoint.pt"
    trainer.run(lambda step: trainer.save(path) if step.number == trainer.recipe.schedule.fp32_steps else None)
    again = make_trainer(pictures, teacher)
    torch.nn.init.zeros_(again.model.network.fine.weight)
    again.resume(path)
    again.run(lambda step: None)
    assert torch.equal(again.reference.fine.weight, torch.load(path)["model"]["network.fine.weight"])


def test_quantised_stages_leave_the_float_network_alone(pictures, teacher):
    trainer, kept = make_trainer(pictures, teacher), []
    trainer.run(lambda step: kept.append(None if trainer.reference is None else trainer.reference.fine.weight.clone()))
    weights = kept[-1]
    assert all(w is None or torch.equal(w, weights) for w in kept)
    assert not torch.equal(trainer.model.network.fine.weight, weights)


def test_batches_are_pictures_whatever_was_done_to_them(pictures):
    batch = Photos(pictures, 5).batch(40, 64)
    assert batch.shape == (40, 3, 64, 64)
    assert batch.min() >= 0
    assert batch.max() <= 1


def test_held_out_photos_are_few_and_always_the_same(tmp_path):
    kept_back = [held_out(tmp_path / f"{index}.jpg") for index in range(2000)]
    assert 0.02 < np.mean(kept_back) < 0.05


def test_a_warp_that_does_not_move_changes_nothing():
    x = torch.rand(1, 3, 32, 32)
    warp = Warp((0.0, 0.0), 1.0, 0.0, 32)
    assert float(warp.error(warp(x), x)) < 1e-5


def test_the_field_moves_as_the_picture_does():
    """A canvas displaced by a warp looks where the warped picture looks."""
    warp, margins = Warp((4.0, -8.0), 1.0, 0.0, 64), (8, 20)
    moved = warp.displacement((44, 44), margins)
    assert np.allclose(moved[..., 0], 4 / 64 * 16)
    assert np.allclose(moved[..., 1], -8 / 64 * 16)
    turned = Warp((0.0, 0.0), 1.0, 0.1, 64).displacement((44, 44), margins)
    assert np.allclose(turned[15:17, 15:17].mean((0, 1)), 0, atol=0.1), "the picture's middle stays"


def test_a_weave_is_told_from_paint():
    x = torch.rand(1, 3, 64, 64)
    grid = torch.zeros(1, 3, 64, 64)
    grid[..., ::4, :] = 0.2
    assert float(weave(grid)) > 5 * float(weave(torch.full_like(x, 0.5)) + 1e-4)
    assert float(weave(0.5 * x + grid)) > 1.5 * float(weave(0.5 * x))


def test_colours_are_compared_whatever_their_places():
    x = torch.rand(2, 3, 32, 32)
    shuffled = x.flatten(2)[:, :, torch.randperm(32 * 32)].view_as(x)
    assert float(distribution_distance(colour_quantiles(shuffled), colour_quantiles(x)).max()) < 1e-5
    assert float(distribution_distance(colour_quantiles(x * 0.5), colour_quantiles(x)).min()) > 0.05


def test_fine_detail_is_what_a_blur_takes_away():
    x = torch.rand(1, 3, 32, 32)
    flat = torch.full_like(x, 0.4)
    assert float(detail_quantiles(flat).abs().max()) < 1e-5
    assert float(distribution_distance(detail_quantiles(x), detail_quantiles(flat))) > 0.05


def test_a_shift_moves_by_whole_pixels():
    x = torch.rand(1, 3, 32, 32)
    moved = Warp((3.0, 0.0), 1.0, 0.0, 32)(x)
    assert torch.allclose(moved[..., 4:-8], x[..., 7:-5], atol=1e-4)


def test_ssim_is_one_for_the_same_picture_only():
    x = torch.rand(1, 3, 32, 32)
    assert float(ssim(x, x)) == pytest.approx(1.0, abs=1e-4)
    assert float(ssim(x, torch.rand(1, 3, 32, 32))) < 0.5


def test_a_missing_folder_is_one_sentence(tmp_path):
    with pytest.raises(UsageError, match="holds no pictures"):
        picture_files([tmp_path / "nowhere"])


def test_a_file_that_is_no_teacher_is_refused(tmp_path):
    np.savez(tmp_path / "odd.npz", a=np.zeros(3))
    with pytest.raises(UsageError, match=r"features\.0\.weight"):
        load_perceptual(str(tmp_path / "odd.npz"))


def test_marks_along_the_form_vary_less_than_dots():
    y, x = torch.meshgrid(torch.arange(160.0), torch.arange(160.0), indexing="ij")
    stripes = (0.5 + 0.4 * torch.sin(y / 6)).expand(1, 3, 160, 160)
    dots = (0.5 + 0.4 * torch.sin(y / 6) * torch.sin(x / 6)).expand(1, 3, 160, 160)
    level = torch.tensor([1.0, 0.0]).view(1, 2, 1, 1).expand(1, 2, 20, 20)
    assert float(across_form(stripes, level)) < 0.05
    assert float(across_form(stripes.transpose(2, 3), level)) > 0.95
    assert float(across_form(dots, level)) == pytest.approx(0.5, abs=0.05)
    assert float(across_form(stripes, -level)) < 0.05, "opposite vectors mean the same direction"


def test_blobs_count_unless_the_photo_has_them():
    y, x = torch.meshgrid(torch.arange(160.0), torch.arange(160.0), indexing="ij")
    stripes = (0.5 + 0.4 * torch.sin(y / 6)).expand(1, 3, 160, 160)
    dots = (0.5 + 0.4 * torch.sin(y / 6) * torch.sin(x / 6)).expand(1, 3, 160, 160)
    plain = torch.full((1, 3, 160, 160), 0.5)
    level = torch.tensor([1.0, 0.0]).view(1, 2, 1, 1).expand(1, 2, 20, 20)
    assert float(along_form(stripes, plain, level)) < 0.02
    assert float(along_form(dots, plain, level)) > 0.5
    assert float(along_form(dots, 0.7 * dots + 0.15, level)) < 0.05, "they are in the photo"
    faint = 0.5 + 0.2 * (dots - 0.5)
    assert float(along_form(faint, plain, level)) == pytest.approx(float(along_form(dots, plain, level)), rel=0.5)


def test_thin_lines_count_unless_the_photo_has_them():
    y, x = torch.meshgrid(torch.arange(96.0), torch.arange(96.0), indexing="ij")
    mark = 0.5 + 0.3 * torch.sin(y / 8) * torch.sin(x / 8)
    soft, lined = (value.expand(1, 3, 96, 96) for value in (mark, torch.where((mark - 0.6).abs() < 0.02, 0.1, mark)))
    plain = torch.full((1, 3, 96, 96), 0.5)
    assert float(outlines(soft, plain)) < 0.05
    assert float(outlines(lined, plain)) > 5 * float(outlines(soft, plain))
    assert float(outlines(lined, lined)) < 0.01, "they are in the photo"


def test_a_furrow_may_be_a_shadow_but_no_other_colour():
    y, _ = torch.meshgrid(torch.arange(96.0), torch.arange(96.0), indexing="ij")
    bare = (0.5 + 0.2 * torch.sin(y / 30)).expand(1, 3, 96, 96)
    furrow = 0.1 * torch.sin(y / 3)
    green = torch.stack((-furrow, furrow, -furrow))[None]
    assert float(tint(bare + furrow, bare)) < 1e-5
    assert float(tint(bare + green, bare)) > 0.1


def test_a_colour_may_stop_but_not_turn_back_while_the_bristles_rise():
    y, _ = torch.meshgrid(torch.arange(96.0), torch.arange(96.0), indexing="ij")
    bare = (0.5 + 0.2 * torch.sin(y / 30)).expand(1, 3, 96, 96)
    furrow = 0.1 * torch.sin(y / 3)
    assert float(reversal(bare + furrow, bare + furrow / 2, bare)) == 0
    assert float(reversal(bare + furrow, bare + furrow, bare)) == 0, "an edge is no line"
    assert float(reversal(bare, bare + furrow, bare)) > 0.1, "a line around the furrow"


def test_what_is_shown_has_no_cells_of_two_pixels():
    level = torch.full((2, 3, 32, 32), 0.3)
    assert torch.allclose(shown(level), level), "the border too"
    ramp = torch.arange(16.0).repeat_interleave(2)
    steps = ramp.expand(1, 3, 32, 32) / 16
    assert float(steps.diff(dim=3).std()) > 0.03
    assert float(shown(steps).diff(dim=3)[..., 2:-2].std()) < 1e-6


def test_form_counts_where_the_photo_has_some():
    y, x = torch.meshgrid(torch.arange(96.0), torch.arange(96.0), indexing="ij")
    form = (0.5 + 0.3 * torch.sin(x / 8) * torch.sin(y / 8)).expand(1, 3, 96, 96)
    marks = (0.5 + 0.3 * torch.sin(y / 5)).expand(1, 3, 96, 96)
    plain = torch.full((1, 3, 96, 96), 0.5)
    assert float(form_error(0.3 * form + 0.2, form)) < 0.05, "another range of tones is no error"
    assert float(form_error(marks, form)) > 0.8
    assert float(form_error(1 - form, form)) > 1.6
    assert float(form_error(marks, plain)) < 0.25, "strokes may lie on a plain wall"


def test_a_recipe_with_an_unknown_key_is_refused(tmp_path):
    path = tmp_path / "recipe.toml"
    path.write_text("[schedule]\nspeed = 3\n")
    with pytest.raises(SettingsError, match="is not a training recipe"):
        load_recipe(path)


def test_a_style_file_is_read_by_the_collection(tmp_path):
    from installation.collection.style_file import read_style_file

    style = load_recipe().styles[10]
    path = tmp_path / f"{style.name}.toml"
    path.write_text(style_text(style, torch.tensor([0.5, -1e-7, 3.25]), "ab" * 32, 4), "utf-8")
    read = read_style_file(path)
    assert (read.title, read.artist, read.order) == (style.title, style.artist, 4)
    assert read.vector == pytest.approx((0.5, -1e-7, 3.25))
