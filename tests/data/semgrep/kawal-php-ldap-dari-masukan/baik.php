<?php
$hasil = ldap_search($ldap, $dn, '(uid=' . ldap_escape($_POST['uid'], '', LDAP_ESCAPE_FILTER) . ')');
$simpul = $xml->xpath('//pegawai');
