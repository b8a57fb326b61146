import HoldfastClient
import HoldfastWire
import Synchronization

/// What a scripted server saw of lease calls, and when.
final class LeaseServer: Sendable {
    struct Seen: Sendable {
        let method: Method
        let owner: OwnerToken?
        let at: ContinuousClock.Instant
    }

    typealias Answer = @Sendable (ServerSide, ServerSide.Frame, _ index: Int) -> Bool

    static let fencingToken: UInt64 = 17

    private let calls = Mutex<[Seen]>([])

    var seen: [Seen] { self.calls.withLock { $0 } }

    func seen(_ method: Method) -> [Seen] { self.seen.filter { $0.method == method } }

    /// Answers every lease call with yes; `exception` may do something else first, and says true if it has. Its index
    /// counts the calls of that method from 0. Connections that `exception` drops are not served on.
    func serve(_ exception: @escaping Answer = { _, _, _ in false }) -> ScriptedServer {
        ScriptedServer { side, _ in
            guard side.greet() else { return }
            while let frame = side.receive() {
                if frame.header.kind == FrameKind.ping.rawValue {
                    side.send(.pong, body: frame.body)
                    continue
                }
                guard frame.header.kind == FrameKind.request.rawValue,
                    let method = Method(rawValue: frame.header.methodOrCode)
                else { continue }
                let index = self.seen(method).count
                self.calls.withLock {
                    $0.append(
                        Seen(
                            method: method, owner: Messages.ownerToken(ofLeaseCall: frame.message),
                            at: .now))
                }
                if exception(side, frame, index) {
                    if side.isDropped { return }
                    continue
                }
                switch method {
                case .acquireLease:
                    side.answer(frame, Messages.acquired(.held, token: Self.fencingToken))
                case .renewLease:
                    side.answer(frame, Messages.renewed(.held, token: Self.fencingToken))
                default: side.answer(frame, Messages.released())
                }
            }
        }
    }
}

extension ServerSide.Frame {
    func calls(_ method: Method) -> Bool { self.header.methodOrCode == method.rawValue }
}
