# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# bash completion of akvfs: its verbs, the options of -o, and directories

_akvfs_words='ttl= negative_ttl= stale= timeout= transfers= page_cache=on
	page_cache=off arm=on arm=off ctldir=hidden ctldir=visible debug quiet uid= gid= file_mode= dir_mode= allow_other ro
	auth=auto auth=secret auth=certificate auth=workload auth=managed
	auth=arc auth=federated auth=cli auth=azd auth=device auth=pipelines
	certificate= send_chain=on send_chain=off rs256=on rs256=off
	token_file= identity_client_id= identity_object_id=
	identity_resource_id= identity_endpoint= identity_thumbprint=
	msi_endpoint= imds_endpoint= pod_identity_host= default_identity=
	oidc_uri= service_connection= token_credentials= allowed_tenants=
	client_id= tenant_id= cloud=public cloud=usgov
	cloud=china cloud=germany cloud=bleu cloud=delos authority= resource=
	vault_suffix= cafile= connect_to= api_version= arm_id= token_v1=on
	token_v1=off proxy= no_proxy= config='

# Complete the last option of the list $1, "a,b=c,d".
_akvfs_list() {
	local list=$1 before='' word=$1 i

	if [[ $list == *,* ]]; then
		before=${list%,*},
		word=${list##*,}
	fi
	compopt -o nospace
	case $word in
	cafile=* | config=* | certificate=* | token_file=*)
		before+=${word%%=*}=
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "${word#*=}")
		;;
	*) mapfile -t COMPREPLY < <(compgen -W "$_akvfs_words" -- "$word") ;;
	esac
	COMPREPLY=("${COMPREPLY[@]/#/$before}")

	# To readline, a word begins behind each "=".
	[[ $list == *=* && $COMP_WORDBREAKS == *=* ]] || return 0
	for i in "${!COMPREPLY[@]}"; do
		COMPREPLY[i]=${COMPREPLY[i]#"${list%=*}="}
	done
}

# Where an akvfs is mounted.
_akvfs_mounts() {
	local path type

	while read -r _ path type _; do
		[[ $type != fuse.akvfs ]] || printf '%b\n' "$path"
	done </proc/self/mounts
}

_akvfs() {
	local verb=${COMP_WORDS[1]} word=${COMP_WORDS[COMP_CWORD]}
	local line=${COMP_LINE:0:COMP_POINT}
	local list_at_end='[[:space:]]-o[[:space:]]*([^[:space:]]*)$'

	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		mapfile -t COMPREPLY < <(compgen \
			-W 'mount umount doctor token demo help version' -- "$word")
		return
	fi
	if [[ $verb == @(mount|doctor|token) && $line =~ $list_at_end ]]; then
		_akvfs_list "${BASH_REMATCH[1]}"
		return
	fi
	if [[ $verb == token && ${COMP_WORDS[COMP_CWORD - 1]} == --resource ]]; then
		mapfile -t COMPREPLY < <(compgen -W 'vault hsm arm graph' -- "$word")
		return
	fi
	case $verb:$word in
	mount:-*) mapfile -t COMPREPLY < <(compgen -W '-f -d -o' -- "$word") ;;
	token:-*)
		mapfile -t COMPREPLY < <(compgen -W \
			'-d -o --resource --decode --json --stdin' -- "$word")
		;;
	doctor:-*)
		mapfile -t COMPREPLY < <(compgen -W \
			'-d -o --json --secret --token-stdin' -- "$word")
		;;
	umount:-*) mapfile -t COMPREPLY < <(compgen -W '-l' -- "$word") ;;
	umount:*)
		compopt -o filenames
		mapfile -t COMPREPLY < <(
			compgen -W "$(_akvfs_mounts)" -- "$word"
		)
		;;
	mount:* | demo:*)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -d -- "$word")
		;;
	esac
}

complete -F _akvfs akvfs
