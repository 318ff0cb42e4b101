from __future__ import annotations

from typing import Any

from local.autoscaling import readable
from scaling.engine import template


def record(kind: str, physical_id: str, **properties: Any) -> dict[str, Any]:
    return {"ResourceType": kind, "PhysicalResourceId": physical_id, "Properties": properties}


def test_resources_refer_to_one_another_by_their_logical_ids() -> None:
    records = {
        "Target": record(template.TARGET, "service/c/s|x", ResourceId="service/c/s"),
        "Policy": record(template.POLICY, "arn:policy", ScalingTargetId="service/c/s|x"),
        "Alarm": record(template.ALARM, "alarm", AlarmActions=["arn:policy", "arn:topic"]),
        "Queue": record("AWS::SQS::Queue", "queue"),
    }

    read = readable(records)

    assert read.keys() == {"Target", "Policy", "Alarm"}
    assert read["Target"]["Properties"] == {"ResourceId": "service/c/s"}
    assert read["Policy"]["Properties"] == {"ScalingTargetId": {"Ref": "Target"}}
    assert read["Alarm"]["Properties"] == {"AlarmActions": [{"Ref": "Policy"}, "arn:topic"]}
