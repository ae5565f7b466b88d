/// Constraints that the service enforces otherwise than the model says, in the form of `ShapeTable`.
///
/// - `ActionConfigurationValue`: the model documents at most 1,000 characters; the service has taken 50,000 since 2022.
/// - `Description`, of a property of an action type: at most 160 today, 2,048 in the API of 2016, whose callers are
///   still welcome.
///
/// Queryable values need no entry: the model has the bounds that are enforced, 1 to 50 of `[a-zA-Z0-9_-]`.
let constraintOverrides = """
    string ActionConfigurationValue 1 50000
    string Description 1 2048
    """
