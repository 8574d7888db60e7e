"""The table of captions: one good name for each class of the network, and an ontology without holes."""

from flowsep_plugin.engine.base import Request
from flowsep_plugin.engine.flowsep.zero_shot import Classes
from flowsep_plugin.listening import caption_of, caption_table
from flowsep_plugin.models import find_model

TABLE = caption_table()


def test_every_class_of_the_network_has_a_caption_in_its_order():
    assert tuple(TABLE) == Classes.load(find_model("default")).names


def test_captions_and_chips_are_different_and_can_be_separated_by():
    assert len({caption.caption for caption in TABLE.values()}) == len(TABLE) == 521
    assert len({caption.chip for caption in TABLE.values()}) == len(TABLE)
    assert all(Request(caption.caption).queries == (caption.caption,) for caption in TABLE.values())


def test_what_is_more_general_than_a_more_general_class_is_more_general_than_the_class():
    for caption in TABLE.values():
        for name in caption.more_general:
            assert set(TABLE[name].more_general) <= set(caption.more_general)
            assert caption.class_name not in TABLE[name].more_general


def test_a_class_that_the_table_lacks_is_called_by_its_name():
    assert caption_of("Alien spaceship").caption == "alien spaceship"
