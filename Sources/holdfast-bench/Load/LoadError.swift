/// Why a run could not be done. The text is for the person at the terminal and says what to do.
struct LoadError: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) {
        self.description = description
    }
}
