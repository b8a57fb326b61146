import Glibc
import HoldfastTransport
import HoldfastWire

/// A client of one Holdfast port: StockService (7443) or AdminService (7444).
///
/// One TLS connection carries all calls at once; it is made by the first call, made anew when it is lost, and run by one
/// thread of the client's own, so that nothing here ever blocks a thread of the cooperative pool. A client may be
/// shared by any number of tasks; make one a process and port, and `close()` it at the end.
///
/// **Answers and errors.** What the server decided is an answer, also when it says no: look at `outcome`. A
/// `HoldfastError` says that the call was not decided, or that its answer was lost, and which of the two
/// (`HoldfastError.outcome`).
///
/// **Lost answers.** When a connection ends before the answer came, the client sends the same call with the same request
/// id again, until the call's deadline. The server gives the first answer again (`replayed`), so nothing happens twice.
/// When the deadline comes first, the error says `.unknown` and carries the request id.
///
/// **Time.** Every call has a deadline (1 s unless told otherwise), which the server is told and this client keeps.
/// Cancelling the task ends a call at once and asks the server to take it back; it may have taken effect all the same.
public final class HoldfastClient: Sendable {
    /// What it was made with.
    public let configuration: ClientConfiguration
    private let loop: ClientLoop

    /// Reads the certificates and starts the thread. Does not connect: the first call does.
    ///
    /// Throws a `HoldfastError` of phase `configuration` if a file is missing, unreadable, expired or does not match.
    public init(configuration: ClientConfiguration) throws(HoldfastError) {
        let context: TLSContext
        do throws(TransportError) {
            context = try TLSContext(
                client: TLSClientConfiguration(
                    serverCAFile: configuration.certificateAuthorityFile,
                    certificateChainFile: configuration.certificateFile,
                    privateKeyFile: configuration.privateKeyFile))
        } catch {
            throw .connect(
                .configuration, error.message, hint: error.hint, code: .failedPrecondition)
        }
        self.configuration = configuration
        self.loop = try ClientLoop(configuration: configuration, context: context)
    }

    deinit {
        self.loop.post(.close(nil))
    }

    /// The HELLO of the newest connection: versions, role, limits, unsafe settings. nil before the first.
    public var serverHello: ServerHello? { self.loop.hello }

    /// Takes no new calls, waits for those under way (at most 1 s), says goodbye to the server and ends the thread.
    /// Calls after it fail with `CLOSED`. May be called more than once, from any task.
    public func close() async {
        await withCheckedContinuation { continuation in
            if !self.loop.post(.close(continuation)) { continuation.resume() }
        }
    }

    /// Sends a request, again if need be, until there is an answer or a reason why not.
    func perform<Request: WireRequest>(
        _ request: Request, timeout: Duration?
    ) async throws(HoldfastError) -> Request.Response {
        let body = try request.body()
        let start = MonotonicClock.nanoseconds()
        let allowed = max(
            1_000_000, (timeout ?? self.configuration.callTimeout).nanosecondsClamped)
        var retry = CallRetry(
            policy: self.configuration.retryPolicy, deadlineNanoseconds: start + allowed,
            requestID: request.idempotencyKey)
        let connectBy = start + self.configuration.connectTimeout.nanosecondsClamped
        while true {
            let result = await self.attempt(
                Request.method, body, retry,
                connectBy: retry.hasUnknownAttempt ? retry.deadlineNanoseconds : connectBy)
            var failure: HoldfastError
            switch result {
            case .success(let bytes):
                if let response = Request.Response.decoded(bytes) { return response }
                failure = .malformedAnswer(Request.method.name)
            case .failure(let error):
                failure = error
            }
            let decision = retry.judge(failure, now: MonotonicClock.nanoseconds())
            switch decision {
            case .giveUp(let error):
                throw error
            case .again(let waitNanoseconds):
                try? await Task.sleep(nanoseconds: waitNanoseconds)
            }
        }
    }

    private func attempt(
        _ method: Method, _ body: [UInt8], _ retry: CallRetry, connectBy: UInt64
    ) async -> AttemptResult {
        if Task.isCancelled { return .failure(.cancelled(wasSent: false)) }
        let token = self.loop.makeToken()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let call = PendingCall(
                    token: token, method: method, body: body, attempt: retry.attemptCount,
                    deadlineNanoseconds: retry.deadlineNanoseconds,
                    connectByNanoseconds: min(connectBy, retry.deadlineNanoseconds),
                    continuation: continuation)
                guard self.loop.post(.call(call)) else {
                    return continuation.resume(returning: .failure(.closed))
                }
                // The handler may have run before the call was posted; its command would have found nothing.
                if Task.isCancelled { self.loop.post(.cancel(token: token)) }
            }
        } onCancel: {
            self.loop.post(.cancel(token: token))
        }
    }
}
