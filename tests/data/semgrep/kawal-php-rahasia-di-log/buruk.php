<?php
error_log('Masuk: ' . $_POST['password']); // TEMUAN
Log::info('isian', $request->all()); // TEMUAN
log_message('debug', 'sandi ' . $this->input->post('sandi')); // TEMUAN
