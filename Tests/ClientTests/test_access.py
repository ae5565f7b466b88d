"""Users and their policies: who may do what, on which resource, from where; on both ports."""

import json

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from conftest import QUICK
from declarations import ROLE, create_action_type, gate_pipeline
from penstock_server import ACCOUNT, REGION, Server, run_penstock
from progress import action_state, answer, approval_token, stage_state
from signed_http import call
from worker import Worker

ARN = f"arn:aws:codepipeline:{REGION}:{ACCOUNT}"
SECRET = "a-secret-for-the-tests"


def user(name, *statements):
    return {"name": name, "accessKeyId": f"KEY{name.upper()}", "secretAccessKey": SECRET,
            "policies": [{"Version": "2012-10-17", "Statement": list(statements)}]}


def allow(actions, resource="*", effect="Allow", **condition):
    statement = {"Effect": effect, "Action": actions, "Resource": resource}
    return statement | ({"Condition": condition} if condition else {})


READ = allow(["codepipeline:Get*", "codepipeline:List*"])
FAR_PAST, FAR_FUTURE = "2020-01-01T00:00:00Z", "2100-01-01T00:00:00Z"

USERS = [
    user("nobody"),
    user("approver", READ, allow("codepipeline:PutApprovalResult", f"{ARN}:one/Gate/Approve")),
    user("gatekeeper", READ, allow("codepipeline:*StageTransition", f"{ARN}:*/Gate")),
    user("team", allow("codepipeline:*", [f"{ARN}:team-*"]), allow("codepipeline:ListPipelines")),
    user("careful", allow("*"), allow("codepipeline:Delete*", f"{ARN}:one", effect="Deny")),
    user("inside", allow("codepipeline:*", IpAddress={"aws:SourceIp": ["10.0.0.0/8", "127.0.0.0/8"]})),
    user("outside", allow("codepipeline:*", IpAddress={"aws:SourceIp": "10.0.0.0/8"})),
    user("secure", allow("codepipeline:*", Bool={"aws:SecureTransport": "true"})),
    user("expired", allow("codepipeline:*", DateLessThan={"aws:CurrentTime": FAR_PAST})),
    user("until", allow("codepipeline:*", DateLessThan={"aws:CurrentTime": FAR_FUTURE})),
    user("robot", allow("codepipeline:*", StringLike={"aws:UserAgent": "*Boto3/*robot*"})),
    user("itself", allow("codepipeline:*", StringEquals={"aws:username": "itself", "AWS:PRINCIPALARN":
                                                         f"arn:aws:iam::{ACCOUNT}:user/itself"})),
    user("another", allow("codepipeline:*", StringEquals={"aws:username": "itself"})),
    user("passes", allow("codepipeline:*"), allow("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/only-*")),
    user("untagged", allow(["codepipeline:CreatePipeline", "codepipeline:CreateCustomActionType"])),
    user("worker", allow(["codepipeline:PollForJobs"], f"{ARN}:actionType:Custom/Source/Mine/1")),
    user("objects", allow("s3:GetObject", "arn:aws:s3:::shop/public/*"),
         allow(["s3:PutObject", "s3:DeleteObject"], "arn:aws:s3:::shop/inbox/*"),
         allow("s3:ListBucket", "arn:aws:s3:::shop")),
    user("fetcher", allow("s3:GetObject", "arn:aws:s3:::shop/*")),
]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    """A server with these users and the pipelines one and two, both waiting at their gates."""
    server = Server(tmp_path_factory.mktemp("guarded"), config={"engine": QUICK, "users": USERS}).start()
    client = server.client("codepipeline")
    for name in ("one", "two"):
        create_action_type(client, "Source", name)
        client.create_pipeline(pipeline=gate_pipeline(name, name))
        Worker(server, "Source", name).source("1")
        approval_token(client, name, "Gate")
    yield server
    assert server.terminate() == 0, server.log()


@pytest.fixture
def as_user(guarded):
    """Makes a client of a user of `USERS`."""
    return lambda name, service="codepipeline", **options: guarded.client(
        service, f"KEY{name.upper()}", SECRET, **options)


def denied(call, **parameters):
    """The message of a denied call."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    reply = caught.value.response
    assert reply["Error"]["Code"] == "AccessDeniedException"
    assert reply["ResponseMetadata"]["HTTPStatusCode"] == 400
    return reply["Error"]["Message"]


TYPE = {"category": "Build", "owner": "Custom", "provider": "Tool", "version": "2"}
STAGE = {"pipelineName": "web", "stageName": "Gate"}

# What each operation is checked against, after the service authorization reference.
RESOURCES = [
    *[(name, {"pipeline": {"name": "web"}}, f"{ARN}:web") for name in ("CreatePipeline", "UpdatePipeline")],
    *[(name, {"name": "web"}, f"{ARN}:web") for name in (
        "GetPipeline", "DeletePipeline", "GetPipelineState", "StartPipelineExecution")],
    *[(name, {"pipelineName": "web"}, f"{ARN}:web") for name in (
        "GetPipelineExecution", "ListPipelineExecutions", "ListActionExecutions", "ListRuleExecutions",
        "StopPipelineExecution", "ListDeployActionExecutionTargets")],
    *[(name, STAGE, f"{ARN}:web/Gate") for name in (
        "EnableStageTransition", "DisableStageTransition", "RetryStageExecution", "RollbackStage",
        "OverrideStageCondition")],
    *[(name, STAGE | {"actionName": "Ok"}, f"{ARN}:web/Gate/Ok") for name in (
        "PutApprovalResult", "PutActionRevision")],
    *[(name, TYPE, f"{ARN}:actionType:Custom/Build/Tool/2") for name in (
        "CreateCustomActionType", "DeleteCustomActionType", "GetActionType")],
    ("PollForJobs", {"actionTypeId": TYPE}, f"{ARN}:actionType:Custom/Build/Tool/2"),
    ("UpdateActionType", {"actionType": {"id": TYPE}}, f"{ARN}:actionType:Custom/Build/Tool/2"),
    ("ListPipelines", {}, f"{ARN}:*"),
    ("ListActionTypes", {}, f"{ARN}:actionType:*/*/*/*"),
    ("PutWebhook", {"webhook": {"name": "hook", "targetPipeline": "web"}}, f"{ARN}:webhook:hook"),
    ("DeleteWebhook", {"name": "hook"}, f"{ARN}:webhook:hook"),
    *[(name, {"webhookName": "hook"}, f"{ARN}:webhook:hook") for name in (
        "RegisterWebhookWithThirdParty", "DeregisterWebhookWithThirdParty")],
    ("ListWebhooks", {}, f"{ARN}:webhook:*"),
    *[(name, {"resourceArn": f"{ARN}:web"}, f"{ARN}:web") for name in (
        "TagResource", "UntagResource", "ListTagsForResource")],
    *[(name, {"jobId": "j"}, "*") for name in (
        "AcknowledgeJob", "AcknowledgeThirdPartyJob", "GetJobDetails", "GetThirdPartyJobDetails",
        "PutJobSuccessResult", "PutJobFailureResult", "PutThirdPartyJobSuccessResult",
        "PutThirdPartyJobFailureResult")],
    ("PollForThirdPartyJobs", {"actionTypeId": TYPE | {"owner": "ThirdParty"}}, "*"),
    ("ListRuleTypes", {}, "*"),
]


def test_the_table_of_resources_has_every_operation(guarded):
    operations = guarded.client("codepipeline").meta.service_model.operation_names
    assert sorted(name for name, _, _ in RESOURCES) == sorted(operations)


@pytest.mark.parametrize("operation, body, resource", RESOURCES, ids=[name for name, _, _ in RESOURCES])
def test_an_operation_is_checked_against_its_own_form_of_arn(guarded, operation, body, resource):
    reply = call(guarded, operation, body, access_key="KEYNOBODY", secret_key=SECRET)
    assert reply.status == 400
    assert reply.error() == (
        "AccessDeniedException",
        f"User: arn:aws:iam::{ACCOUNT}:user/nobody is not authorized to perform: codepipeline:{operation} on resource: "
        f"{resource} because no identity-based policy allows the codepipeline:{operation} action")


def test_an_approver_of_one_action_approves_that_one_and_does_nothing_else(guarded, as_user):
    client = as_user("approver")
    tokens = {name: approval_token(client, name, "Gate") for name in ("one", "two")}
    message = denied(client.put_approval_result, pipelineName="two", stageName="Gate", actionName="Approve",
                     token=tokens["two"], result={"status": "Approved", "summary": ""})
    assert f"{ARN}:two/Gate/Approve" in message
    for refused, parameters in [
        (client.put_approval_result, {"pipelineName": "one", "stageName": "Gate", "actionName": "Other",
                                      "token": tokens["one"], "result": {"status": "Approved", "summary": ""}}),
        (client.disable_stage_transition, {"pipelineName": "one", "stageName": "Gate", "transitionType": "Inbound",
                                           "reason": "no"}),
        (client.start_pipeline_execution, {"name": "one"}), (client.delete_pipeline, {"name": "one"}),
    ]:
        denied(refused, **parameters)
    answer(client, "one", "Gate", tokens["one"], summary="")
    found = action_state(client, "one", "Gate", "Approve")["latestExecution"]
    assert found["lastUpdatedBy"] == f"arn:aws:iam::{ACCOUNT}:user/approver"
    assert found["summary"] == f"Approved by arn:aws:iam::{ACCOUNT}:user/approver"


def test_who_disables_a_transition_is_named(guarded, as_user):
    client = as_user("gatekeeper")
    where = {"pipelineName": "two", "stageName": "Gate", "transitionType": "Inbound"}
    client.disable_stage_transition(**where, reason="not now")
    shown = stage_state(client, "two", "Gate")["inboundTransitionState"]
    assert shown["lastChangedBy"] == f"arn:aws:iam::{ACCOUNT}:user/gatekeeper"
    client.enable_stage_transition(**where)
    assert "/Source " in denied(client.disable_stage_transition, **(where | {"stageName": "Source"}), reason="no")


def test_a_wildcard_opens_the_pipelines_of_a_team(guarded, as_user):
    client = as_user("team")
    root = guarded.client("codepipeline")
    create_action_type(root, "Source", "Team")
    client.create_pipeline(pipeline=gate_pipeline("team-web", "Team"))
    assert client.get_pipeline(name="team-web")["pipeline"]["name"] == "team-web"
    assert client.list_pipelines()["pipelines"]
    assert f"on resource: {ARN}:one " in denied(client.get_pipeline, name="one")
    assert f"on resource: {ARN}:teamweb " in denied(client.get_pipeline, name="teamweb")
    client.delete_pipeline(name="team-web")


def test_an_explicit_deny_wins_and_says_so(as_user):
    client = as_user("careful")
    assert denied(client.delete_pipeline, name="one") == (
        f"User: arn:aws:iam::{ACCOUNT}:user/careful is not authorized to perform: codepipeline:DeletePipeline on "
        f"resource: {ARN}:one with an explicit deny in an identity-based policy")
    client.delete_pipeline(name="never-there")
    assert client.get_pipeline(name="one")


@pytest.mark.parametrize("name, allowed", [
    ("inside", True), ("outside", False), ("secure", False), ("expired", False), ("until", True), ("itself", True),
    ("another", False), ("robot", False),
])
def test_conditions_are_asked_for_every_call(as_user, name, allowed):
    client = as_user(name)
    if allowed:
        assert client.get_pipeline(name="one")["pipeline"]["name"] == "one"
    else:
        assert "because no identity-based policy allows" in denied(client.get_pipeline, name="one")


def test_a_condition_on_the_user_agent_sees_the_header(as_user):
    client = as_user("robot", config=Config(user_agent_extra="robot/1"))
    assert client.get_pipeline(name="one")["pipeline"]["name"] == "one"


def test_a_role_that_may_not_be_passed_is_refused_where_a_policy_names_passing(guarded, as_user):
    client = as_user("passes")
    declaration = gate_pipeline("passing", "one")
    assert denied(client.create_pipeline, pipeline=declaration).startswith(
        f"User: arn:aws:iam::{ACCOUNT}:user/passes is not authorized to perform: iam:PassRole on resource: {ROLE} "
        "because no identity-based policy allows the iam:PassRole action")
    declaration["roleArn"] = f"arn:aws:iam::{ACCOUNT}:role/only-this"
    client.create_pipeline(pipeline=declaration)
    client.delete_pipeline(name="passing")


def test_tags_at_creation_need_the_permission_to_tag(as_user):
    client, tags = as_user("untagged"), [{"key": "team", "value": "web"}]
    declaration = gate_pipeline("tagged", "one")
    assert f"codepipeline:TagResource on resource: {ARN}:tagged " in denied(
        client.create_pipeline, pipeline=declaration, tags=tags)
    assert f"codepipeline:TagResource on resource: {ARN}:actionType:Custom/Test/Tagged/1 " in denied(
        lambda: create_action_type(client, "Test", "Tagged", tags=tags))
    client.create_pipeline(pipeline=declaration)


def test_a_worker_polls_for_its_own_action_type_only(guarded, as_user):
    create_action_type(guarded.client("codepipeline"), "Source", "Mine")
    client = as_user("worker")
    assert Worker(guarded, "Source", "Mine", client).poll() == []
    assert f"{ARN}:actionType:Custom/Source/one/1" in denied(Worker(guarded, "Source", "one", client).poll)


def test_the_log_of_an_action_is_for_those_who_may_read_it(guarded):
    from signed_http import send, sign
    attempt = action_state(guarded.client("codepipeline"), "one", "Source", "Fetch")["latestExecution"]
    url = f"{guarded.api}/logs/{attempt['actionExecutionId']}"
    for key, status in (("KEYAPPROVER", 200), ("KEYNOBODY", 400), ("KEYINSIDE", 200), ("KEYOUTSIDE", 400)):
        request = sign(guarded, b"", url=url, method="GET", access_key=key, secret_key=SECRET)
        reply = send(guarded, "GET", request.url, request.headers, b"")
        assert reply.status == status, (key, reply.body)
        if status == 400:
            assert "codepipeline:GetActionLog" in reply.error()[1]


@pytest.fixture
def shop(guarded):
    """A bucket with some objects, and a client of the user who may reach parts of it."""
    s3 = guarded.client("s3")
    s3.create_bucket(Bucket="shop")
    for key in ("public/a", "private/a", "inbox/a"):
        s3.put_object(Bucket="shop", Key=key, Body=key.encode())
    yield guarded.client("s3", "KEYOBJECTS", SECRET)
    s3.delete_objects(Bucket="shop", Delete={"Objects": [
        {"Key": item["Key"]} for item in s3.list_objects_v2(Bucket="shop")["Contents"]]})
    s3.delete_bucket(Bucket="shop")


def test_a_policy_opens_some_objects_and_no_others(shop, error_of):
    assert shop.get_object(Bucket="shop", Key="public/a")["Body"].read() == b"public/a"
    assert shop.head_object(Bucket="shop", Key="public/a")["ContentLength"] == 8
    shop.put_object(Bucket="shop", Key="inbox/b", Body=b"new")
    assert shop.list_objects_v2(Bucket="shop")["KeyCount"] == 4
    shop.head_bucket(Bucket="shop")
    code, message = error_of(shop.get_object, Bucket="shop", Key="private/a")
    assert (code, message) == (
        "AccessDenied", f"User: arn:aws:iam::{ACCOUNT}:user/objects is not authorized to perform: s3:GetObject on "
        "resource: arn:aws:s3:::shop/private/a because no identity-based policy allows the s3:GetObject action")
    for refused, parameters in [
        (shop.put_object, {"Bucket": "shop", "Key": "public/a", "Body": b"x"}),
        (shop.get_object, {"Bucket": "shop", "Key": "inbox/a"}),
        (shop.get_object, {"Bucket": "shop", "Key": "public"}),
        (shop.get_object, {"Bucket": "shop", "Key": "private/public/a"}),
        (shop.delete_object, {"Bucket": "shop", "Key": "public/a"}),
        (shop.get_object, {"Bucket": "shop", "Key": "public/a", "VersionId": "null"}),
        (shop.copy_object, {"Bucket": "shop", "Key": "inbox/c", "CopySource": {"Bucket": "shop", "Key": "private/a"}}),
        (shop.copy_object, {"Bucket": "shop", "Key": "private/c", "CopySource": {"Bucket": "shop", "Key": "public/a"}}),
        (shop.create_multipart_upload, {"Bucket": "shop", "Key": "public/big"}),
        (shop.list_buckets, {}), (shop.create_bucket, {"Bucket": "mine"}), (shop.delete_bucket, {"Bucket": "shop"}),
        (shop.list_object_versions, {"Bucket": "shop"}), (shop.list_multipart_uploads, {"Bucket": "shop"}),
        (shop.get_bucket_location, {"Bucket": "shop"}), (shop.get_bucket_versioning, {"Bucket": "shop"}),
        (shop.put_bucket_versioning, {"Bucket": "shop", "VersioningConfiguration": {"Status": "Enabled"}}),
    ]:
        assert error_of(refused, **parameters)[0] == "AccessDenied", refused.__name__
    shop.copy_object(Bucket="shop", Key="inbox/c", CopySource={"Bucket": "shop", "Key": "public/a"})


def test_a_key_that_is_not_there_is_told_to_whoever_may_read_it(guarded, shop, error_of):
    fetcher = guarded.client("s3", "KEYFETCHER", SECRET)
    assert fetcher.get_object(Bucket="shop", Key="private/a")["Body"].read() == b"private/a"
    assert error_of(fetcher.get_object, Bucket="shop", Key="none")[0] == "NoSuchKey"
    assert error_of(fetcher.list_objects_v2, Bucket="shop")[0] == "AccessDenied"


def test_each_key_of_many_deletions_is_asked_for(shop):
    reply = shop.delete_objects(Bucket="shop", Delete={"Objects": [{"Key": "inbox/a"}, {"Key": "public/a"}]})
    assert [deleted["Key"] for deleted in reply["Deleted"]] == ["inbox/a"]
    assert [(error["Key"], error["Code"]) for error in reply["Errors"]] == [("public/a", "AccessDenied")]
    assert shop.get_object(Bucket="shop", Key="public/a")["Body"].read() == b"public/a"


@pytest.mark.parametrize("statement, named", [
    (allow("codepipeline:GetPipelin"), "codepipeline:GetPipelin"),
    (allow("*", NumericLessThan={"aws:EpochTime": "1"}), "NumericLessThan"),
    (allow("*", StringEquals={"aws:SourceVpc": "vpc"}), "aws:SourceVpc"),
    (allow("*") | {"Principal": "*"}, "Principal"),
    (allow("*", "arn:aws:codepipeline:*:*:${aws:username}-*"), "${aws:username}"),
])
def test_a_policy_that_can_not_be_evaluated_is_one_line_that_names_it(tmp_path, statement, named):
    file = tmp_path / "penstock.yaml"
    file.write_text(json.dumps({"users": [user("fine", allow("*")), user("wrong", allow("*"), statement)]}))
    done = run_penstock("serve", "--port", "0", "--s3-port", "0", "--data-dir", tmp_path / "data", "--config", file)
    assert done.returncode == 64 and done.stdout == ""
    [line] = done.stderr.splitlines()
    assert named in line and "users[2].policies[1].Statement[2]" in line
    assert line.endswith("(user wrong, policy 1, statement 2)")
