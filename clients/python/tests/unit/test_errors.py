"""The hierarchy of errors."""

import inspect

import pytest

from gofka import errors
from gofka.errors import BY_CODE, BrokerError, GofkaError


def test_each_of_kafkas_errors_has_a_class():
    assert len(BY_CODE) >= 136
    for code, cls in BY_CODE.items():
        assert issubclass(cls, BrokerError) and cls.code == code and cls.meaning and cls.name
        error = errors.for_code(code, "while testing")
        assert type(error) is cls
        assert "while testing" in str(error) and cls.name in str(error)


def test_flags_and_advice():
    assert errors.NotLeaderOrFollowerError.retriable
    assert not errors.MessageTooLargeError.retriable
    assert errors.ProducerFencedError.fatal
    assert "min.insync.replicas" in str(errors.NotEnoughReplicasError())
    assert "Create the topic" in str(errors.UnknownTopicOrPartitionError("topic 'x'"))


def test_all_are_below_one():
    for name, value in vars(errors).items():
        if inspect.isclass(value) and issubclass(value, Exception):
            assert issubclass(value, GofkaError), name


def test_codes_that_nobody_knows():
    error = errors.for_code(9_999, "Fetch")
    assert isinstance(error, errors.UnknownServerError) and "9999" in str(error)
    errors.check(0)
    with pytest.raises(errors.InvalidTopicError):
        errors.check(17)


def test_they_are_also_what_python_calls_them():
    assert issubclass(errors.ClientTimeoutError, TimeoutError)
    assert issubclass(errors.BrokerConnectionError, ConnectionError)
    assert issubclass(errors.ConfigurationError, ValueError)
