fn main() -> std::process::ExitCode {
    facteur::commands::main()
}
