/// The measured window of a run and what was counted in it.
struct LoadWindow {
    var startNanoseconds: UInt64
    var endNanoseconds: UInt64
    /// Answers that arrived inside the window, of whichever call: what the rate is made of.
    var answersInside: UInt64 = 0
    /// Calls whose start lies in the window and that were never answered, sent or not.
    var unansweredCount: UInt64 = 0
    /// Of these, calls that were never sent, since every connection had its calls in flight.
    var unsentCount: UInt64 = 0
    var processorMicrosecondsAtStart: UInt64?
    var processorMicrosecondsAtEnd: UInt64?

    func contains(_ nanoseconds: UInt64) -> Bool {
        nanoseconds >= self.startNanoseconds && nanoseconds < self.endNanoseconds
    }

    var seconds: Double { Double(self.endNanoseconds - self.startNanoseconds) / 1e9 }
}
