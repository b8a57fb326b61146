internal import HoldfastEngine
internal import HoldfastTransport
internal import HoldfastWire
internal import Logging

/// Calls that are refused for what they say, in the log. Off the path of a call that is answered well.
extension RequestPipeline {
    /// A call that did not come to a shard.
    func logIfBad(_ status: Status, _ header: FrameHeader, _ context: ConnectionContext) {
        guard status.code.blamesCall else { return }
        let method = Method(rawValue: header.methodOrCode)
        self.logBadCall(status, method?.name ?? "\(header.methodOrCode)", context)
    }

    /// A call that its shard did not decide.
    @inline(never)
    func logIfBad(_ refusal: Refusal, _ methodNumber: UInt8, _ context: ConnectionContext) {
        guard RefusalStatus.blamesCall(refusal) else { return }
        let method = Method(rawValue: UInt16(methodNumber))
        self.logBadCall(
            RefusalStatus.status(for: refusal), method?.name ?? "\(methodNumber)", context)
    }

    /// A Preload with rows that cannot be loaded: an answer with code OK, and a refusal all the same.
    @inline(never)
    func logIfRejected(_ call: Call, _ context: ConnectionContext) {
        guard let status = RefusalStatus.rejectedImport(call) else { return }
        self.logBadCall(status, Method.preload.name, context)
    }

    /// One line a connection and reason: whoever repeats a mistake a million times has said it once.
    private func logBadCall(_ status: Status, _ method: String, _ context: ConnectionContext) {
        guard let connection = context.connection,
            context.loggedReasons.insert(status.reason).inserted
        else { return }
        var metadata: Logger.Metadata = [
            "peer": "\(connection.remoteAddress)", "method": "\(method)",
            "code": "\(status.code.name)",
            "caller": "\(context.caller.isEmpty ? context.role.name : context.caller)",
        ]
        if let field = status.violations.first?.field { metadata["field"] = "\(field)" }
        self.refusals.write(
            .notice, reason: status.reason, "call refused: \(Printable.text(status.message))",
            metadata)
    }
}
