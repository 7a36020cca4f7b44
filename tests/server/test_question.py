"""Queries and Accept headers are hostile: a checked question, or one clear problem."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installation.collection import Collection
from installation.server.problems import Problem
from installation.server.question import TYPES, media_type, read_question

COLLECTION = Collection.load()
FIRST, SECOND = COLLECTION.names[:2]


def test_without_anything_it_is_the_first_style_in_full_as_png():
    question = read_question([], "", COLLECTION)
    assert (question.mix, question.strength, question.size) == ({FIRST: 1.0}, 1.0, 512)
    assert question.media_type == "image/png"


def test_a_mixs_weights_sum_to_1():
    question = read_question([("mix", f"{FIRST}=3,{SECOND}=1,photo=0"), ("strength", "0.5")], "", COLLECTION)
    assert question.mix == {FIRST: 0.75, SECOND: 0.25}
    assert question.strength == 0.5


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ([("style", FIRST[:-1])], f"did you mean '{FIRST}'"),
        ([("mix", f"{FIRST}=1,nobody=1")], "there is no style 'nobody'"),
        ([("mix", "x")], "is no mix"),
        ([("mix", f"{FIRST}=0")], "no weight above 0"),
        ([("style", FIRST), ("mix", f"{FIRST}=1")], "exclude each other"),
        ([("style", FIRST), ("style", FIRST)], "given twice"),
        ([("styel", FIRST)], "there is no parameter 'styel'"),
        ([("strength", "nan")], "strength must be a number, 0 to 1"),
        ([("strength", "1.01")], "strength must be a number, 0 to 1"),
        ([("size", "63")], "size must be a number, 64 to 1024"),
        ([("size", "1025")], "size must be a number, 64 to 1024"),
        ([("size", "100.5")], "whole number"),
        ([("size", "")], "size must be a number"),
        ([("size", "9" * 400)], "size must be a number"),
    ],
)
def test_what_is_wrong_is_said(query, says):
    with pytest.raises(Problem, match=says) as caught:
        read_question(query, "", COLLECTION)
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        ("", "image/png"),
        ("*/*", "image/png"),
        ("image/*", "image/png"),
        ("image/webp", "image/webp"),
        ("IMAGE/JPEG", "image/jpeg"),
        ("image/png;q=0.5, image/jpeg;q=0.9", "image/jpeg"),
        ("image/avif,image/webp,*/*;q=0.8", "image/webp"),
        ("text/html, image/*;q=0.3, image/png;q=0", "image/jpeg"),
    ],
)
def test_accept_decides_the_format(accept, wanted):
    assert media_type(accept) == wanted


@pytest.mark.parametrize("accept", ["text/html", "image/gif", "image/png;q=0", "image/png;q=x", "image/png;q=nan"])
def test_another_format_is_refused(accept):
    with pytest.raises(Problem, match="image/png, image/jpeg, image/webp") as caught:
        media_type(accept)
    assert caught.value.status == 406


@given(
    st.lists(st.tuples(st.sampled_from(["style", "mix", "strength", "size"]) | st.text(), st.text()), max_size=5),
    st.text(),
)
def test_any_query_gives_a_question_or_one_problem(query, accept):
    try:
        question = read_question(query, accept, COLLECTION)
    except Problem as problem:
        assert problem.status in (400, 406)
        assert str(problem)
    else:
        assert abs(sum(question.mix.values()) - 1) < 1e-9
        assert question.media_type in TYPES
