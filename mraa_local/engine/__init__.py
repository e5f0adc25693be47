"""The only place that imports the engine (ministack): one port for each thing our extensions need of it.

A port says in our words what is needed and hides how the engine does it, so that another version of the engine is
adapted in this folder alone. ``check`` refuses, before anything is installed, an engine that lacks a name that a port
uses; tests/local/test_engine_*_ports.py test what each port promises.

    check                the version, and every name the ports use
    scope                account, Region and caller of the request that is being served
    stores               records by account and Region, persisted
    snapshots            the whole state as one file
    application          the ASGI application, its dispatcher and its event loop
    requests             which service, API or bucket a request is for
    resource_types       steps and settings of a CloudFormation resource type
    resources            before and around each change that a stack makes to a resource
    actions              the CloudFormation API's actions
    stacks               stacks, their events and exports, and what happens to them as a whole
    templates            parsing, conditions, parameters, documents behind a URL
    custom_resources     the call of a custom resource's function, and its answer
    buckets, objects, object_versions              S3
    tables, items, streams                         DynamoDB
    functions, function_workers, event_sources     Lambda
    operations                                     any service's operation, called from inside
    queues, topics, data_streams                   SQS, SNS, Kinesis
    rules, schedules, state_machines               EventBridge, EventBridge Scheduler, Step Functions
    roles, credentials, authorization              IAM: who may do what, and what a request needs
    user_pools, identity_pools                     Cognito
    apis, deployments, stages, http_apis           API Gateway
    distributions, metrics, log_groups             CloudFront and CloudWatch
    velocity                                       the library behind mapping templates
"""
