import Glibc
import PenstockCommands

exit(await Penstock.run(Array(CommandLine.arguments.dropFirst())))
