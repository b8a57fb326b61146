internal import Synchronization

/// One caller at a time asks the writer to end the segment and waits for the answer.
final class RollRequest: Sendable {
    private struct State {
        var isWaiting = false
        var isEnded = false
        var answer: LogEnd?
    }

    private let callers = Mutex<Void>(())
    private let state = Mutex(State())
    private let signal = ThreadSignal()

    /// - Parameter ask: Tells the writer.
    func run(_ ask: () -> Void) -> LogEnd? {
        self.callers.withLock { _ in
            let isEnded = self.state.withLock { state in
                state.answer = nil
                state.isWaiting = !state.isEnded
                return state.isEnded
            }
            if isEnded { return nil }
            ask()
            while true {
                self.signal.forget()
                let (isWaiting, answer) = self.state.withLock { ($0.isWaiting, $0.answer) }
                if !isWaiting { return answer }
                self.signal.wait(microseconds: 0)
            }
        }
    }

    /// The writer has done it, or cannot now (nil).
    func answer(_ end: LogEnd?) {
        self.state.withLock { state in
            state.answer = end
            state.isWaiting = false
        }
        self.signal.wake()
    }

    /// Nobody answers any more.
    func end() {
        self.state.withLock { state in
            state.isEnded = true
            state.isWaiting = false
        }
        self.signal.wake()
    }
}
