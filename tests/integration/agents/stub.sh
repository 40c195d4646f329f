# Stands for Claude Code: does the deed that stands in a file named after its role and attempt, or
# its work if there is none, and prints what the real one printed when it was recorded.
#
#   stub.sh DEEDS RECORDINGS [the flags of the real one]

deed=$(cat "$1/$ORCHESTRATOR_ROLE.$ORCHESTRATOR_ATTEMPT" 2>/dev/null) || deed=work
recordings=$2
shift 2
echo "$@" >>"$ORCHESTRATOR_BRIEF.arguments"

commit() {
  git add --all && git -c user.name=Stub -c user.email=stub@localhost commit --quiet -m "$1"
}

write() { # with the verdict $1, if there is one
  mkdir -p "$ORCHESTRATOR_FOLDER"
  echo "$ORCHESTRATOR_FILES" | tr , '\n' | grep -v -e questions -e conflict | while read -r name; do
    { [ -z "$1" ] || printf -- '---\nverdict: %s\n---\n' "$1"; echo "$name, $ORCHESTRATOR_RUN"; } \
      >"$ORCHESTRATOR_FOLDER/$name"
  done
  [ "$ORCHESTRATOR_ROLE" = developer ] && echo "$ORCHESTRATOR_RUN" >work.txt
  commit "Work of $ORCHESTRATOR_RUN"
}

case $deed in
  work) write "${ORCHESTRATOR_PASSES-}"; cat "$recordings/claude-ok.stdout" ;;
  verdict:*) write "${deed#verdict:}"; cat "$recordings/claude-ok.stdout" ;;
  spend:*)
    write ""
    printf '{"type":"assistant","message":{"id":"m","content":[],"usage":{"output_tokens":%s}}}\n' \
      "${deed#spend:}"
    exec sleep 600 ;;
  *)
    cat "$recordings/$deed.stdout"
    exit "$(sed -n 's/rc=\([0-9]*\).*/\1/p' "$recordings/$deed.rc")" ;;
esac
