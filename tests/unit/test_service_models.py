"""AWS's models: what botocore's own loader finds, without its search through all of them."""

import json
from pathlib import Path

import pytest
from botocore.exceptions import UnknownServiceError
from botocore.loaders import create_loader

from mraa import service_models


@pytest.mark.parametrize("service", ["s3", "sts", "cloudformation", "dynamodb"])
def test_a_model_is_the_one_that_botocore_loads(service: str) -> None:
    service_models.loader.cache_clear()  # botocore's clients edit the models that they use
    ours, theirs = service_models.loader(None), create_loader()
    assert ours.load_service_model(service, "service-2") == theirs.load_service_model(service, "service-2")


def test_every_service_of_botocore_is_known() -> None:
    assert set(create_loader().list_available_services("service-2")) <= set(
        service_models.loader(None).list_available_services("service-2")
    )


def test_an_unknown_service_is_refused() -> None:
    with pytest.raises(UnknownServiceError):
        service_models.loader(None).load_service_model("nonsense", "service-2")


def test_a_folder_of_models_of_ones_own_is_searched_first(tmp_path: Path) -> None:
    folder = tmp_path / "own" / "2020-01-01"
    folder.mkdir(parents=True)
    (folder / "service-2.json").write_text(json.dumps({"metadata": {"serviceId": "own"}}))
    loader = service_models.loader(f"{tmp_path}:/nowhere")
    assert loader.load_service_model("own", "service-2")["metadata"] == {"serviceId": "own"}


def test_it_is_read_once_for_all_sessions() -> None:
    assert service_models.loader(None) is service_models.loader(None)
