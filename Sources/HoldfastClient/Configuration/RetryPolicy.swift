/// When a call is sent again. Every call of this client may be: it reads, or it carries an id that makes the second
/// time give the first answer.
///
/// - A lost answer (`outcome == .unknown`) is asked for again until the call's deadline, also when that meets the server's
///   limit of calls (`RATE_LIMITED`): then no sooner than the server says.
/// - A refusal UNAVAILABLE is tried again up to `attemptsMax` times within the deadline, no sooner than the server says.
/// - Every other refusal is the caller's to judge.
///
/// Waits are drawn at random between nothing and a bound that doubles (full jitter), so that clients which lost the same
/// server do not come back in step.
public struct RetryPolicy: Sendable, Hashable {
    /// Times that a refused call is sent in all; 1 never repeats. Does not bound the search for a lost answer.
    public var attemptsMax: Int
    /// Bound of the first wait.
    public var backoffInitial: Duration
    /// Bound of any wait.
    public var backoffMax: Duration
    /// Whether lost answers are resolved by sending the same call again. Without it they surface at once as
    /// `outcome == .unknown`.
    public var resolvesLostAnswers: Bool

    /// Makes one; the fields are described above.
    public init(
        attemptsMax: Int = 5, backoffInitial: Duration = .milliseconds(20),
        backoffMax: Duration = .seconds(1), resolvesLostAnswers: Bool = true
    ) {
        self.attemptsMax = attemptsMax
        self.backoffInitial = backoffInitial
        self.backoffMax = backoffMax
        self.resolvesLostAnswers = resolvesLostAnswers
    }

    /// Never sends anything again.
    public static let none = RetryPolicy(attemptsMax: 1, resolvesLostAnswers: false)
}
