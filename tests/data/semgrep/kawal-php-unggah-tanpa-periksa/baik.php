<?php
move_uploaded_file($_FILES['f']['tmp_name'], 'unggahan/' . bin2hex(random_bytes(16)) . '.pdf');
$path = $request->file('foto')->store('publik');
