"""Pipeline declarations for the tests, as users write them."""

ROLE = "arn:aws:iam::111111111111:role/penstock"


def action(name, category, owner, provider, configuration=None, inputs=(), outputs=(), order=None, version="1"):
    declared = {
        "name": name,
        "actionTypeId": {"category": category, "owner": owner, "provider": provider, "version": version},
        "inputArtifacts": [{"name": artifact} for artifact in inputs],
        "outputArtifacts": [{"name": artifact} for artifact in outputs],
    }
    if configuration is not None:
        declared["configuration"] = configuration
    if order is not None:
        declared["runOrder"] = order
    return declared


def s3_source(bucket, key, name="Source", output="Source", poll=None):
    configuration = {"S3Bucket": bucket, "S3ObjectKey": key}
    if poll is not None:
        configuration["PollForSourceChanges"] = poll
    return action(name, "Source", "AWS", "S3", configuration, outputs=[output])


def approval(name="Approve", configuration=None, order=None):
    return action(name, "Approval", "AWS", "Manual", configuration, order=order)


def s3_deploy(bucket, name="Deploy", artifact="Built", key=None):
    configuration = {"BucketName": bucket, "Extract": "true"}
    if key:
        configuration["ObjectKey"] = key
    return action(name, "Deploy", "AWS", "S3", configuration, inputs=[artifact])


def pipeline(name, *stages, store=None):
    """`stages` are pairs of a name and the actions."""
    return {
        "name": name, "roleArn": ROLE,
        "artifactStore": {"type": "S3", "location": store or f"artifacts-{name}"[:63].rstrip("-.")},
        "stages": [{"name": stage, "actions": list(actions)} for stage, actions in stages],
    }


def gate_pipeline(name, provider):
    """A custom source before a manual approval: nothing in it moves unless the test moves it."""
    return pipeline(
        name,
        ("Source", [action("Fetch", "Source", "Custom", provider, outputs=["Source"])]),
        ("Gate", [approval()]))


def create_action_type(client, category, provider, properties=(), inputs=(0, 5), outputs=(0, 5), **more):
    """Registers a custom action type."""
    return client.create_custom_action_type(
        category=category, provider=provider, version="1", configurationProperties=list(properties),
        inputArtifactDetails={"minimumCount": inputs[0], "maximumCount": inputs[1]},
        outputArtifactDetails={"minimumCount": outputs[0], "maximumCount": outputs[1]}, **more)


def prop(name, required=False, secret=False, queryable=False, key=False, **more):
    return {"name": name, "required": required, "secret": secret, "queryable": queryable, "key": key, **more}
